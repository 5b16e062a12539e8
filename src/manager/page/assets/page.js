/**
 * What a server cannot do for a page that is open: ages that grow, and a word when the news stop.
 */
(() => {
  const AGES = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

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

  setInterval(growOld, 1000);
})();
