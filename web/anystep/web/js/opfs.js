// Files of the origin's private file system, as files that Python's sqlite3 opens. Workers only.
//
// Their handles read and write without waiting, but must be opened beforehand: so there is a fixed
// set of names, and one worker at a time that has them. Python registers or evaluates this module,
// as it does storage.js.

// Emscripten's numbers.
const ENOENT = 44;
const EINVAL = 28;
const EPERM = 63;
const FILE = 0o100666;
const FOLDER = 0o40777;

/** A worker that was ended lets go of its handles a little later. */
const PATIENCE = 3000;

function failure(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

/**
 * Open the files of these names, made if they are not there, and mount them at `path`.
 * Rejects with UnavailableError, or TakenError if another worker has them.
 */
async function mount(FS, path, folder, names) {
  const handles = await opened(folder, names);
  FS.mkdirTree(path);
  FS.mount(fileSystem(FS, handles), {}, path);
  return { handles: Object.values(handles), FS, path };
}

/** Let the browser write to the disk what it still has in memory. */
function flush({ handles }) {
  for (const handle of handles) handle.flush();
}

/** Close the files; somebody else may open them then. */
function unmount({ handles, FS, path }) {
  FS.unmount(path);
  for (const handle of handles) handle.close();
}

async function opened(folder, names) {
  const root = await globalThis.navigator?.storage?.getDirectory?.().catch(({ message }) => {
    throw failure("UnavailableError", `the browser gives it no private files: ${message}`);
  });
  if (!root || !globalThis.FileSystemFileHandle?.prototype.createSyncAccessHandle) {
    throw failure(
      "UnavailableError",
      "there are no private files with handles: only workers have them",
    );
  }
  const directory = await root.getDirectoryHandle(folder, { create: true });
  const handles = {};
  try {
    for (const name of names) handles[name] = await handleOf(directory, name);
  } catch (error) {
    for (const handle of Object.values(handles)) handle.close();
    throw error;
  }
  return handles;
}

async function handleOf(directory, name) {
  const file = await directory.getFileHandle(name, { create: true });
  const late = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (error.name !== "NoModificationAllowedError") throw failure(error.name, error.message);
      if (Date.now() > late) throw failure("TakenError", "another tab has it open");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function fileSystem(FS, handles) {
  // An empty file is none: journals come and go by being filled and emptied.
  const there = new Set(Object.keys(handles).filter((name) => handles[name].getSize() > 0));
  const refuse = (number) => {
    throw new FS.ErrnoError(number);
  };
  const node = (parent, name, mode) => {
    const made = FS.createNode(parent, name, mode, 0);
    made.node_ops = nodes;
    made.stream_ops = streams;
    made.handle = handles[name];
    return made;
  };
  const never = new Date(0);
  const nodes = {
    getattr(file) {
      const size = file.handle ? file.handle.getSize() : 4096;
      return {
        dev: 1,
        ino: file.id,
        mode: file.mode,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size,
        atime: never,
        mtime: never,
        ctime: never,
        blksize: 4096,
        blocks: Math.ceil(size / 4096),
      };
    },
    setattr(file, { size }) {
      if (size !== undefined && file.handle) file.handle.truncate(size);
    },
    lookup(parent, name) {
      return there.has(name) ? node(parent, name, FILE) : refuse(ENOENT);
    },
    mknod(parent, name) {
      if (!(name in handles)) refuse(EPERM);
      there.add(name);
      return node(parent, name, FILE);
    },
    unlink(_, name) {
      handles[name].truncate(0);
      there.delete(name);
    },
    readdir: () => [".", "..", ...there],
    rename: () => refuse(EPERM),
    mkdir: () => refuse(EPERM),
    rmdir: () => refuse(EPERM),
    symlink: () => refuse(EPERM),
    readlink: () => refuse(EPERM),
  };
  const streams = {
    open() {},
    close() {},
    read: ({ node: { handle } }, buffer, offset, length, at) =>
      handle.read(buffer.subarray(offset, offset + length), { at }),
    write: ({ node: { handle } }, buffer, offset, length, at) =>
      handle.write(buffer.subarray(offset, offset + length), { at }),
    llseek(stream, offset, whence) {
      const from = [0, stream.position, stream.node.handle.getSize()][whence];
      return from + offset < 0 ? refuse(EINVAL) : from + offset;
    },
    fsync: ({ node: { handle } }) => {
      handle.flush();
      return 0;
    },
  };
  return { mount: () => node(null, "/", FOLDER) };
}

export { flush, mount, unmount };
