// A thread as a file: saved to the visitor's disk, opened from it.

/** Offer bytes as a download. */
export function save(name, data) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data], { type: "application/octet-stream" }));
  link.download = name;
  link.click();
  // The download has begun by then; its bytes are not held for as long as the page is open.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Call `opened` with the bytes of every file that is chosen in a file input. */
export function whenChosen(input, opened) {
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = ""; // The same file may be chosen again.
    if (file !== undefined) await opened(new Uint8Array(await file.arrayBuffer()));
  });
}
