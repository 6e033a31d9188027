/** Runs the checks one after another and prints one line of JSON for each: the test reads these lines. */
export async function run(checks) {
  for (const [check, body] of Object.entries(checks)) {
    const line = { check, ok: true, detail: '' };
    try {
      await body();
    } catch (e) {
      line.ok = false;
      line.detail = e?.stack ?? String(e);
    }
    console.log(JSON.stringify(line));
  }
}

/** All parts of a stream. */
export async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

export const hello = [{ role: 'user', content: 'Hello' }];
/** The simulated model calls a tool that the question mentions, with the last capitalised word. */
export const weather = [{ role: 'user', content: 'What is the weather in Paris' }];
export const city = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
/** A model whose answers begin and never end. */
export const endless = 'endless';
