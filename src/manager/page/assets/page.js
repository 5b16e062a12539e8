/**
 * What a server cannot do for a page that is open: ages that grow, a word when the news stop, and lines that move.
 */
(() => {
  const AGES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  /** News come each second, or each 15 seconds when the manager has much to do. */
  const STALE_MS = 20_000;
  const AGAIN_MS = 15_000;

  function ago(time) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(time.dateTime)) / 1000));
    const [size, unit] = AGES.find(([size]) => seconds >= size) ?? [1, "s"];
    return seconds < 1 ? "now" : `${Math.floor(seconds / size)} ${unit} ago`;
  }

  function growOld() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const text = ago(time);
      if (time.textContent !== text) time.textContent = text;
    }
  }

  let heardAt = Date.now();
  let isAway = false;
  let hasNews = false;
  let askedAt = Date.now();

  /** An honest word in place of figures that only look new. */
  function showSilence() {
    const banner = document.getElementById("banner");
    const live = document.getElementById("live");
    if (banner === null || live === null) return;
    const isStale = isAway || Date.now() - heardAt > STALE_MS;
    const since = new Date(heardAt).toLocaleTimeString();
    const text = `No news from the manager since ${since}: what stands here may be out of date.`;
    document.getElementById("pulse").hidden = isStale || !hasNews;
    banner.hidden = !isStale || document.hidden;
    if (!banner.hidden && banner.textContent !== text) banner.textContent = text;
    // A stream that was refused is not tried again by itself.
    if (isStale && Date.now() - askedAt > AGAIN_MS && live._htmx?.sse === undefined) {
      askedAt = Date.now();
      htmx.trigger(live, "again");
    }
  }

  document.addEventListener("htmx:sse:after:message", () => {
    heardAt = Date.now();
    isAway = false;
    hasNews = true;
    showSilence();
  });
  for (const name of ["htmx:sse:error", "htmx:error"]) {
    document.addEventListener(name, () => {
      isAway = true;
      showSilence();
    });
  }

  setInterval(() => {
    growOld();
    showSilence();
  }, 1000);

  /** The picture of the flow as lines that move. */
  function plotFlow(figure) {
    const [first, stateless, stateful] = JSON.parse(figure.dataset.seconds);
    const times = stateless.map((_, index) => first + index);
    const span = 900;
    const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
    const clock = (at) => new Date(at * 1000).toLocaleTimeString("en-GB");
    const sums = () => stateless.map((value, index) => value + stateful[index]);
    const data = () => [times, sums(), stateless];
    const whole = (value) => typeof value !== "number" ? "–" : value.toLocaleString("en-US");
    const place = document.createElement("div");
    figure.querySelector("svg").replaceWith(place);
    figure.classList.add("plotted");
    let plot;

    function draw() {
      plot?.destroy();
      const axis = { stroke: color("--soft"), grid: { stroke: color("--line"), width: 1 } };
      const line = (label, name, raw) => ({
        label,
        stroke: color(name),
        fill: `color-mix(in srgb, ${color(name)} 22%, transparent)`,
        width: 1.5,
        points: { show: false },
        value: (_, __, ___, index) => whole(typeof index === "number" ? raw[index] : raw.at(-1)),
      });
      plot = new uPlot(
        {
          width: place.clientWidth,
          height: 240,
          cursor: { drag: { x: false, y: false } },
          scales: {
            x: { range: (_, min, max) => [Math.max(max - span, Math.min(min, max - 60)), max] },
            y: { range: (_, __, max) => [0, Math.max(1, max * 1.08)] },
          },
          axes: [{ ...axis, space: 80, values: (_, ticks) => ticks.map(clock) }, {
            ...axis,
            size: 64,
            values: (_, ticks) => ticks.map(whole),
          }],
          series: [
            { value: (_, at) => typeof at === "number" ? clock(at) : "now" },
            line("Stateful", "--stateful", stateful),
            line("Stateless", "--stateless", stateless),
          ],
        },
        data(),
        place,
      );
    }

    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 240 })).observe(
      place,
    );
    document.addEventListener("tick", ({ detail }) => {
      for (const second of JSON.parse(detail.data).seconds) {
        const at = Math.round(second.atMs / 1000);
        if (at <= (times.at(-1) ?? 0)) continue;
        times.push(at);
        stateless.push(second.stateless);
        stateful.push(second.stateful);
      }
      while (times.length > span) for (const list of [times, stateless, stateful]) list.shift();
      plot.setData(data());
    });
  }

  const flow = document.getElementById("flow");
  if (flow !== null && typeof uPlot === "function") plotFlow(flow);
})();
