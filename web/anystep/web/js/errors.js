// What a page has to expect, besides DownloadError of download.js.

/** What a graph, or the session, raised; `type`, `code` and `traceback` are Python's. */
export class PythonError extends Error {
  constructor({ type, module, code, message, traceback }) {
    super(message || type);
    this.name = "PythonError";
    this.type = type;
    this.module = module;
    this.code = code;
    this.traceback = traceback;
  }
}

/** The worker was closed, or died, before it answered. */
export class ClosedError extends Error {
  constructor(reason) {
    super(reason);
    this.name = "ClosedError";
  }
}

/** The run was cancelled, or what was asked was unanswered when the worker was replaced. */
export class CancelledError extends Error {
  constructor(reason) {
    super(reason);
    this.name = "CancelledError";
  }
}
