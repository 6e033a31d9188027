import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { all, city, endless, hello, run, weather } from './checks.mjs';

const openai = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: 'unused', maxRetries: 0 });
const model = 'llama3.2';

await run({
  models: async () => {
    const ids = (await all(openai.models.list())).map((each) => each.id);
    assert.ok(ids.includes('llama3.2:latest') && ids.includes('endless:latest'), ids.join());
    assert.equal((await openai.models.retrieve('llama3.2:latest')).object, 'model');
  },
  'chat stream': async () => {
    const stream = await openai.chat.completions.create({
      model, messages: hello, stream: true, stream_options: { include_usage: true },
    });
    const parts = await all(stream);
    assert.ok(parts.length > 3, `${parts.length} parts`);
    assert.ok(parts.map((part) => part.choices[0]?.delta?.content ?? '').join('').length > 0);
    assert.ok(parts.some((part) => part.choices[0]?.finish_reason === 'stop'));
    assert.ok(parts.at(-1).usage.completion_tokens > 0);
  },
  'chat tool': async () => {
    const tools = [{ type: 'function', function: { name: 'get_weather', parameters: city } }];
    const completion = await openai.chat.completions.stream({ model, messages: weather, tools }).finalChatCompletion();
    assert.equal(completion.choices[0].finish_reason, 'tool_calls');
    const call = completion.choices[0].message.tool_calls[0].function;
    assert.equal(call.name, 'get_weather');
    assert.deepEqual(JSON.parse(call.arguments), { city: 'Paris' });
  },
  'chat whole': async () => {
    const answer = await openai.chat.completions.create({ model, messages: hello });
    assert.ok(answer.choices[0].message.content.length > 0);
    assert.equal(answer.choices[0].finish_reason, 'stop');
  },
  completions: async () => {
    const answer = await openai.completions.create({ model, prompt: 'Hello' });
    assert.ok(answer.choices[0].text.length > 0);
  },
  embeddings: async () => {
    // The library asks for base64 unless told otherwise, and decodes it.
    const { data } = await openai.embeddings.create({ model: 'all-minilm', input: ['one', 'two'] });
    assert.equal(data.length, 2);
    assert.ok(data.every((each) => each.embedding.length === 384 && Math.abs(each.embedding[0]) < 1));
  },
  responses: async () => {
    const response = await openai.responses.create({ model, input: 'Hello' });
    assert.equal(response.status, 'completed');
    assert.ok(response.output_text.length > 0);
  },
  'responses stream': async () => {
    const events = await all(await openai.responses.create({ model, input: 'Hello', stream: true }));
    assert.equal(events[0].type, 'response.created');
    assert.ok(events.filter((event) => event.type === 'response.output_text.delta').length > 3);
    assert.equal(events.at(-1).type, 'response.completed');
  },
  abort: async () => {
    const stream = await openai.chat.completions.create({ model: endless, messages: hello, stream: true });
    let parts = 0;
    for await (const part of stream) {
      assert.equal(part.choices[0].finish_reason, null);
      parts++;
      stream.controller.abort();
    }
    assert.ok(parts > 0);
  },
  'unknown model': async () => {
    const isMissing = (e) => {
      assert.ok(e instanceof OpenAI.NotFoundError, String(e));
      assert.equal(e.status, 404);
      return true;
    };
    await assert.rejects(openai.chat.completions.create({ model: 'nope', messages: hello }), isMissing);
    await assert.rejects(openai.models.retrieve('nope'), isMissing);
    await assert.rejects(openai.responses.create({ model: 'nope', input: 'Hello', stream: true }), isMissing);
  },
});
