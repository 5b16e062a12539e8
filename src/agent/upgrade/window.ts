/** Whether a time lies in a window of the day such as `22:00-04:30`, UTC; any does when the window is empty. */
export function isWithin(window: string, nowMs: number): boolean {
  const [from, to] = window.split("-").map(minutesOf);
  if (from === undefined || to === undefined) return true;
  const now = new Date(nowMs);
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes();
  // Over midnight, or as long as a whole day.
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * 60 + minutes;
}
