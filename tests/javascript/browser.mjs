// What the client's uploader needs of a browser, over Node's fetch.

class Listeners {
  #listeners = {};

  addEventListener(name, listener) {
    (this.#listeners[name] ??= []).push(listener);
  }

  removeEventListener() {}

  tell(name, event) {
    for (const listener of this.#listeners[name] ?? []) listener(event);
  }
}

class XMLHttpRequest extends Listeners {
  upload = new Listeners();
  status = 0;
  readyState = 0;
  #headers = {};
  #aborter = new AbortController();

  open(method, url) {
    this.method = method;
    this.url = url;
  }

  setRequestHeader(name, value) {
    this.#headers[name] = value;
  }

  getResponseHeader(name) {
    return this.#answered.headers.get(name);
  }

  abort() {
    this.#aborter.abort();
  }

  #answered;

  async send(body) {
    try {
      this.#answered = await fetch(this.url, {
        method: this.method,
        headers: this.#headers,
        body,
        signal: this.#aborter.signal,
      });
      this.response = await this.#answered.text();
    } catch {
      return this.#aborter.signal.aborted ? this.onabort?.() : this.onerror?.();
    }
    this.status = this.#answered.status;
    this.readyState = 4;
    this.upload.tell("progress", { type: "progress", loaded: body.size, total: body.size, lengthComputable: true });
    this.onreadystatechange?.();
    this.onload?.();
  }
}

globalThis.XMLHttpRequest = XMLHttpRequest;
globalThis.window = Object.assign(new Listeners(), { navigator: { onLine: true }, FTRACK_UPLOAD_CHUNK_SIZE: 1000 });
