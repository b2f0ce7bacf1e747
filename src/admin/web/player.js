// The open recording: a line on the picture where the player is, and a press on the picture as a way there.

const WIDTH = 600;
const NETWORK_ERROR = 2;

const player = document.getElementById("player");
const wave = document.getElementById("wave");
const played = document.getElementById("played");

function follow() {
  const part = player.duration > 0 ? player.currentTime / player.duration : 0;
  played.setAttribute("transform", `translate(${part * WIDTH} 0)`);
  if (!player.paused) requestAnimationFrame(follow);
}

player.addEventListener("play", follow);
player.addEventListener("seeked", follow);
wave.addEventListener("click", (event) => {
  const place = wave.getBoundingClientRect();
  if (player.duration > 0) player.currentTime = player.duration * (event.clientX - place.left) / place.width;
});

// What was open is sealed again, or its program is gone: the page says which, and offers to open it once more.
player.addEventListener("error", () => {
  if (player.error?.code === NETWORK_ERROR) location.reload();
});
