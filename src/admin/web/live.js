// Keeps a page that is open up to date: jacks by themselves, everything else by asking for the page again.

const NOT_MORE_OFTEN_THAN_MS = 1000;

const source = new EventSource("/live");
const notLive = document.getElementById("not-live");

source.addEventListener("open", () => { notLive.hidden = true; });
source.addEventListener("error", () => { notLive.hidden = false; });
source.addEventListener("lines", (event) => JSON.parse(event.data).forEach(showJack));
source.addEventListener("parts", renewSoon);

// Browsers hold few connections to one server; a page that is left gives its own back at once.
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

function showJack(jack) {
  for (const place of document.querySelectorAll(`[data-port="${CSS.escape(jack.port)}"]`)) {
    place.className = `jack ${jack.class}`;
    place.querySelector(".state").textContent = jack.word;
  }
  for (const slot of jack.slots) {
    const lane = `${slot.lane.span}/${slot.lane.timeslot}`;
    for (const bar of document.querySelectorAll(`[data-lane="${CSS.escape(lane)}"]`)) {
      bar.className = slot.class;
      bar.title = slot.title;
    }
  }
}

let renewing = null;

function renewSoon() {
  renewing ??= setTimeout(() => renew().finally(() => { renewing = null; }), NOT_MORE_OFTEN_THAN_MS);
}

async function renew() {
  const own = document.querySelectorAll("[data-part]");
  if (own.length === 0) return;
  const answer = await fetch(location.href, { headers: { "x-by-itself": "1" } });
  if (answer.status === 401) return location.reload();
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of own) {
    const next = fresh.getElementById(part.id);
    // Whoever types or chooses in a part is not disturbed.
    if (next && !part.contains(document.activeElement)) part.replaceWith(document.adoptNode(next));
  }
  document.dispatchEvent(new Event("parts-renewed"));
}
