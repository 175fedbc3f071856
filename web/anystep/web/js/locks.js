// One run at a time: Web Locks, held across all tabs of this origin.

/** name -> when it is given back, for those that are being given back by this worker. */
const leaving = new Map();

/** name -> what this worker holds. */
const holds = new Map();

/**
 * Hold the lock of that name: {lost, release}, or undefined if it is taken and `wait` is false.
 * `release` answers when it is given back. Browsers without Web Locks always give it.
 */
async function lock(name, wait) {
  const hold = { lost: false, release: async () => {} };
  const locks = globalThis.navigator?.locks;
  if (!locks) return hold;
  await leaving.get(name);
  return await new Promise((resolve, reject) => {
    const held = (granted) => {
      if (granted === null) return resolve(undefined);
      return new Promise((letGo) => {
        hold.release = () => {
          letGo();
          if (holds.get(name) === hold) holds.delete(name);
          const gone = request.catch(() => {}).then(() => leaving.delete(name));
          leaving.set(name, gone);
          return gone;
        };
        holds.set(name, hold);
        resolve(hold);
      });
    };
    const request = locks.request(name, { ifAvailable: !wait }, held);
    request.catch((error) => {
      hold.lost = true; // somebody broke it
      reject(error);
    });
  });
}

/** Take locks from whoever has them: they are free then. Who had them here knows it, others soon. */
async function breakLocks(...names) {
  for (const name of names) {
    if (holds.has(name)) holds.get(name).lost = true;
    await globalThis.navigator?.locks?.request(name, { steal: true }, () => {});
  }
}

export { breakLocks, lock };
