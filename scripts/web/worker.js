// The engine's worker: the first message says where the engine's files are, each other is a call, which is answered.

import { start } from "./engine.js";

/** The bytes of a file; what has arrived of them is told. */
async function fetched(address, told = () => {}) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status}`);
  const counting = new TransformStream({
    transform(chunk, out) {
      told(chunk.length);
      out.enqueue(chunk);
    },
  });
  return response.body.pipeThrough(counting);
}

const bytes = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());

/** A file's text, for Python, which cannot wait for it; "" if it cannot be had. */
function read(address) {
  const request = new XMLHttpRequest();
  try {
    request.open("GET", address, false);
    request.send();
  } catch {
    return "";
  }
  return request.status === 200 ? request.responseText : "";
}

async function begin({ folder, isPlain }) {
  let loaded = 0;
  const told = (count) => postMessage({ loaded: (loaded += count) });
  const snapshot = async () => bytes((await fetched(`${folder}snapshot.bin`, told)).pipeThrough(new DecompressionStream("gzip")));
  // All of it is on the way at once.
  const asked = isPlain ? Promise.reject(new Error("not wanted")) : snapshot();
  asked.catch(() => {});
  const [{ loadPyodide }, { default: create }] = await Promise.all([import(`${folder}pyodide.mjs`), import(`${folder}pyodide.asm.mjs`)]);
  const archive = async () => bytes(await fetched(`${folder}engine.zip`, told));
  return start({ loadPyodide, create, folder, nothing: `${folder}nothing.zip`, snapshot: () => asked, archive, late: (name) => read(`${folder}${name}`) });
}

let answer = null;
addEventListener("message", async ({ data }) => {
  if (data.call) {
    try {
      postMessage({ text: answer(JSON.stringify(data.call)) });
    } catch {
      // Where the runtime itself fails, it answers nothing any more.
      postMessage({ ended: true });
    }
    return;
  }
  try {
    answer = await begin(data);
    postMessage({ isReady: true });
  } catch (error) {
    postMessage({ failed: error.message });
  }
});
