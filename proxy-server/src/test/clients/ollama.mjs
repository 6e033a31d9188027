import assert from 'node:assert/strict';
import { Ollama } from 'ollama';
import { all, city, endless, hello, run, weather } from './checks.mjs';

const ollama = new Ollama({ host: process.argv[2] });
const model = 'llama3.2';

await run({
  list: async () => {
    const { models } = await ollama.list();
    const row = models.find((each) => each.name === 'llama3.2:latest');
    assert.equal(row.model, 'llama3.2:latest');
    assert.equal(typeof row.size, 'number');
    assert.equal(row.details.format, 'gguf');
    assert.ok(models.some((each) => each.name === 'endless:latest'), 'what the other host has');
  },
  ps: async () => {
    const { models } = await ollama.ps();
    assert.ok(models.some((each) => each.name === 'llama3.2:latest' && each.size > 0));
  },
  show: async () => {
    const shown = await ollama.show({ model });
    assert.ok(shown.capabilities.includes('completion'));
    assert.equal(shown.details.family, 'llama');
    assert.equal(shown.model_info['general.architecture'], 'llama');
  },
  version: async () => {
    assert.match((await ollama.version()).version, /^[0-9.]+$/);
  },
  'chat stream': async () => {
    const parts = await all(await ollama.chat({ model, messages: hello, stream: true }));
    assert.ok(parts.length > 3, `${parts.length} parts`);
    assert.ok(parts.slice(0, -1).every((part) => part.done === false && part.message.role === 'assistant'));
    assert.equal(parts.at(-1).done, true);
    assert.ok(parts.at(-1).eval_count > 0);
    assert.ok(parts.map((part) => part.message.content).join('').length > 0);
  },
  'chat whole': async () => {
    const answer = await ollama.chat({ model, messages: hello });
    assert.equal(answer.done, true);
    assert.ok(answer.message.content.length > 0);
  },
  'chat tool': async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather', description: '', parameters: city } }];
    const parts = await all(await ollama.chat({ model, messages: weather, tools, stream: true }));
    const call = parts.flatMap((part) => part.message.tool_calls ?? [])[0].function;
    assert.equal(call.name, 'get_weather');
    assert.deepEqual(call.arguments, { city: 'Paris' });
  },
  'generate stream': async () => {
    const parts = await all(await ollama.generate({ model, prompt: 'Hello', stream: true }));
    assert.ok(parts.length > 3, `${parts.length} parts`);
    assert.equal(parts.at(-1).done, true);
    assert.ok(parts.map((part) => part.response).join('').length > 0);
  },
  embed: async () => {
    const { embeddings } = await ollama.embed({ model: 'all-minilm', input: ['one', 'two'] });
    assert.equal(embeddings.length, 2);
    assert.ok(embeddings.every((vector) => vector.length === 384));
  },
  pull: async () => {
    const parts = await all(await ollama.pull({ model: 'phi3', stream: true }));
    assert.equal(parts[0].status, 'pulling manifest');
    assert.ok(parts.some((part) => part.total > 0 && part.completed > 0 && part.digest));
    assert.equal(parts.at(-1).status, 'success');
    assert.ok((await ollama.list()).models.some((each) => each.name === 'phi3:latest'));
  },
  abort: async () => {
    const stream = await ollama.chat({ model: endless, messages: hello, stream: true });
    await assert.rejects(
      async () => {
        for await (const part of stream) {
          assert.equal(part.done, false);
          stream.abort();
        }
      },
      { name: 'AbortError' },
    );
  },
  'unknown model': async () => {
    await assert.rejects(ollama.chat({ model: 'nope', messages: hello }), (e) => {
      assert.equal(e.status_code, 404);
      assert.match(e.message, /model 'nope' not found/);
      return true;
    });
  },
});
