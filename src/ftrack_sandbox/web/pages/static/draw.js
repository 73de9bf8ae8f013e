// Drawing on the paused frame of a review, with pen, finger or mouse; the drawing goes with the note as a picture.

const COLOURS = [["red", "#ff3b30"], ["yellow", "#ffcc00"], ["white", "#ffffff"]];
const WIDEST = 1920; // pixels of the picture that is sent

const form = document.querySelector("[data-note]");
const player = document.querySelector(".player");
const shown = player?.querySelector("video, img");
const button = form?.querySelector("[data-draw]");
if (button && shown) {
  button.hidden = false;
  button.addEventListener("click", draw);
  form.elements.drawing.closest("label").hidden = true;
  // A note is about the frame that is seen, unless its writer says otherwise.
  form.elements.content.addEventListener("focus", takeFrame, { once: true });
}

function takeFrame() {
  const frame = player.querySelector("[data-frame]");
  if (frame && shown.currentTime > 0 && !form.elements.frame.value) form.elements.frame.value = frame.textContent;
}

/** Where the picture is inside its element, which may be wider or higher than the picture. */
function place() {
  const wide = shown.videoWidth || shown.naturalWidth, high = shown.videoHeight || shown.naturalHeight;
  const scale = Math.min(shown.clientWidth / wide, shown.clientHeight / high);
  return {
    wide, high, scale,
    left: shown.offsetLeft + (shown.clientWidth - wide * scale) / 2,
    top: shown.offsetTop + (shown.clientHeight - high * scale) / 2,
  };
}

function element(name, values, ...children) {
  const made = Object.assign(document.createElement(name), values);
  made.append(...children);
  return made;
}

function draw() {
  if (player.querySelector("canvas") || !(shown.videoWidth || shown.naturalWidth)) return;
  shown.pause?.();
  shown.controls = false;
  const strokes = [];
  let colour = COLOURS[0][1];
  const canvas = element("canvas", { className: "drawing" });
  canvas.setAttribute("aria-label", "Draw here");
  canvas.setAttribute("role", "img");
  const inks = COLOURS.map(([name, value], at) => {
    const input = element("input", { type: "radio", name: "ink", checked: at === 0 });
    input.addEventListener("change", () => { colour = value; });
    return element("label", {}, input, ` ${name}`);
  });
  const tool = (label, work, className = "") => {
    const made = element("button", { type: "button", textContent: label, className });
    made.addEventListener("click", work);
    return made;
  };
  const tools = element("div", { className: "row wrap drawing-tools" }, ...inks,
    tool("Undo", () => { strokes.pop(); paint(); }),
    tool("Use drawing", use, "main"),
    tool("Discard", end));
  tools.setAttribute("role", "group");
  tools.setAttribute("aria-label", "Drawing");

  function fit() {
    const { left, top, wide, high, scale } = place();
    canvas.width = wide;
    canvas.height = high;
    Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${wide * scale}px`, height: `${high * scale}px` });
    paint();
  }

  function paint(on = canvas.getContext("2d"), width = canvas.width) {
    if (on.canvas === canvas) on.clearRect(0, 0, canvas.width, canvas.height);
    on.lineCap = on.lineJoin = "round";
    for (const { ink, points } of strokes) {
      on.strokeStyle = ink;
      on.lineWidth = Math.max(3, width / 200);
      on.beginPath();
      points.forEach(([x, y], at) => (at ? on.lineTo(x, y) : on.moveTo(x, y)));
      if (points.length === 1) on.lineTo(points[0][0] + 0.1, points[0][1]);
      on.stroke();
    }
  }

  const at = (event) => [event.offsetX * canvas.width / canvas.clientWidth, event.offsetY * canvas.height / canvas.clientHeight];
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    strokes.push({ ink: colour, points: [at(event)] });
    paint();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    strokes.at(-1).points.push(at(event));
    paint();
  });

  async function use() {
    if (!strokes.length) return end();
    const frame = player.querySelector("[data-frame]");
    if (frame) form.elements.frame.value = frame.textContent;
    const scale = Math.min(1, WIDEST / canvas.width);
    const picture = element("canvas", { width: Math.round(canvas.width * scale), height: Math.round(canvas.height * scale) });
    const on = picture.getContext("2d");
    on.scale(scale, scale);
    on.drawImage(shown, 0, 0, canvas.width, canvas.height);
    paint(on);
    const blob = await new Promise((done) => picture.toBlob(done, "image/png"));
    const name = form.elements.frame.value ? `frame_${form.elements.frame.value}.png` : "drawing.png";
    const files = new DataTransfer();
    files.items.add(new File([blob], name, { type: "image/png" }));
    form.elements.drawing.files = files.files;
    const preview = element("img", { src: URL.createObjectURL(blob), alt: "Your drawing", className: "thumb large" });
    preview.addEventListener("load", () => URL.revokeObjectURL(preview.src));
    form.querySelector("[data-preview]").replaceChildren(preview);
    end();
    form.elements.content.focus();
  }

  function end() {
    removeEventListener("resize", fit);
    shown.controls = true;
    canvas.remove();
    tools.remove();
    button.focus();
  }

  shown.after(canvas, tools);
  addEventListener("resize", fit);
  fit();
  player.scrollIntoView({ block: "nearest" });
}
