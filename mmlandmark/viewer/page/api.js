// Questions to the server of this page; what it refuses is thrown as an Error with its one line.

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  return read(await fetch(`/api/${path}${query ? `?${query}` : ''}`));
}

export async function post(path, body) {
  return read(await send(path, body));
}

// Lets the browser keep the answer as a file of the name that the server says.
export async function download(path, body) {
  const answer = await send(path, { ...body, download: true });
  if (!answer.ok) await read(answer);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = body.file_name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function send(path, body) {
  return fetch(`/api/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function read(answer) {
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  let said = { error: text || `status ${answer.status}` };
  try { said = JSON.parse(text); } catch { /* plain text */ }
  throw Object.assign(new Error(said.error), { exists: Boolean(said.exists) });
}

// Only the newest of several questions counts: older answers give undefined.
export function newest(ask) {
  let last = 0;
  return async (...given) => {
    const mine = ++last;
    try {
      const answer = await ask(...given);
      return mine === last ? answer : undefined;
    } catch (error) {
      if (mine === last) throw error;
      return undefined;
    }
  };
}
