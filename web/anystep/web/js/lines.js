// Writes to a log stand in line: one transaction of a log is on its way, the next begins after it.
//
// So a step on top of a refused one never begins, though nobody waited to hear of it, and a
// transaction can be committed at once.

/** Wait until nothing of a log is on its way. Rejects with why something of it was refused. */
async function landed(handle, log) {
  await handle.lines.get(log)?.last;
  if (handle.refused.has(log)) throw handle.refused.get(log);
}

/**
 * Do what adds to some logs, once what was begun before is stored. If that is refused, so is this,
 * and all that comes until one looks at the log again. `waiting` takes what joins before it begins.
 */
function inLine(handle, logs, body, waiting) {
  const refused = logs.find((log) => handle.refused.has(log));
  const before = logs.map((log) => handle.lines.get(log)?.last).filter(Boolean);
  const line = { begun: false, waiting, last: null };
  const start = () => {
    line.begun = true;
    line.waiting = null;
    return body();
  };
  if (refused !== undefined) line.last = Promise.reject(handle.refused.get(refused));
  else line.last = before.length === 0 ? start() : Promise.all(before).then(start);
  for (const log of logs) handle.lines.set(log, line);
  const over = (error) => {
    for (const log of logs) {
      if (error !== undefined && !handle.refused.has(log)) handle.refused.set(log, error);
      if (handle.lines.get(log) === line) handle.lines.delete(log);
    }
  };
  line.last.then(() => over(), over);
  return line.last;
}

/** Wait until every write that was asked for has begun: what begins then sees it. */
async function begun(handle) {
  await handle.tail;
  const waiting = [...handle.lines.values()].filter((line) => !line.begun);
  await Promise.allSettled(waiting.map((line) => line.last));
}

export { begun, inLine, landed };
