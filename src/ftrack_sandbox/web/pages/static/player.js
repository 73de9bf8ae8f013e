// A movie by frames: buttons and the keys , and . step; the number shown is the one that reviews use.

const AFTER_START = 0.5; // in the middle of a frame, so that rounding never shows its neighbour

function set(player) {
  if (player.dataset.ready || !player.dataset.rate) return;
  player.dataset.ready = "true";
  const video = player.querySelector("video");
  const shown = player.querySelector("[data-frame]");
  const rate = Number(player.dataset.rate);
  const first = Number(player.dataset.first);
  const at = (seconds) => Math.max(0, Math.floor(seconds * rate + 0.001));
  const show = (seconds) => { shown.textContent = first + at(seconds); };
  const follow = (_now, frame) => { show(frame.mediaTime + AFTER_START / rate); video.requestVideoFrameCallback(follow); };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(follow);
  else video.addEventListener("seeked", () => show(video.currentTime));
  // The file may last longer than its frames.
  const last = () => player.dataset.last ? Number(player.dataset.last) - first : Math.round(video.duration * rate) - 1;
  player.step = (frames) => {
    video.pause();
    const next = Math.max(0, Math.min(last() || 0, at(video.currentTime) + frames));
    video.currentTime = (next + AFTER_START) / rate;
  };
}

const all = () => document.querySelectorAll("[data-player]");
for (const player of all()) set(player);
addEventListener("refreshed", () => { for (const player of all()) set(player); });

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-step]");
  button?.closest("[data-player]")?.step?.(Number(button.dataset.step));
});

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select")) return;
  const frames = { ",": -1, ".": 1 }[event.key];
  const player = frames && document.querySelector("[data-player][data-rate]");
  if (!player) return;
  player.step(frames);
  event.preventDefault();
});
