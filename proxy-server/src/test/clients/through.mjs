// The same conversation in the words of each library, whoever answers it behind the proxy.
import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { Ollama } from 'ollama';
import OpenAI from 'openai';
import { all, city, run } from './checks.mjs';

const [url, client, model, backend] = process.argv.slice(2);
const hello = 'Hello';
const ask = (place) => `What is the weather in ${place}`;
/** The smallest picture there is: one pixel. */
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=';
const shape = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer' } },
  required: ['name', 'age'],
  additionalProperties: false,
};

/** What each library is told and says, made alike: `{ text, thinking, calls, usage, parts }`. */
const speakers = {
  ollama: () => {
    const ollama = new Ollama({ host: url });
    const tools = [{ type: 'function', function: { name: 'get_weather', description: 'It tells the weather.', parameters: city } }];
    const alike = (message, last, parts) => ({
      text: message.content,
      thinking: message.thinking ?? '',
      calls: (message.tool_calls ?? []).map((call) => ({ name: call.function.name, input: call.function.arguments })),
      usage: [last.prompt_eval_count, last.eval_count],
      parts,
      message,
    });
    return {
      whole: async (messages, more = {}) => {
        const answer = await ollama.chat({ model, messages, ...more });
        assert.equal(answer.done, true);
        return alike(answer.message, answer, 1);
      },
      stream: async (messages, more = {}) => {
        const parts = await all(await ollama.chat({ model, messages, stream: true, ...more }));
        const message = { role: 'assistant', content: '', thinking: '', tool_calls: [] };
        for (const part of parts) {
          message.content += part.message.content;
          message.thinking += part.message.thinking ?? '';
          message.tool_calls.push(...(part.message.tool_calls ?? []));
        }
        assert.equal(parts.at(-1).done, true);
        return alike(message, parts.at(-1), parts.length);
      },
      tools: { tools },
      result: (call, text) => [{ role: 'tool', tool_name: call.name, content: text }],
      picture: [{ role: 'user', content: 'Look', images: [pixel] }],
      schema: { format: shape },
      thinks: { think: true },
      thinksNot: { think: false },
    };
  },
  openai: () => {
    const openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'unused', maxRetries: 0 });
    const tools = [{ type: 'function', function: { name: 'get_weather', description: 'It tells the weather.', parameters: city } }];
    const alike = (message, usage, parts) => ({
      text: message.content ?? '',
      thinking: message.reasoning ?? '',
      calls: (message.tool_calls ?? []).map((call) => ({
        id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments),
      })),
      usage: [usage?.prompt_tokens, usage?.completion_tokens],
      parts,
      message,
    });
    return {
      whole: async (messages, more = {}) => {
        const answer = await openai.chat.completions.create({ model, messages, ...more });
        return alike(answer.choices[0].message, answer.usage, 1);
      },
      stream: async (messages, more = {}) => {
        let parts = 0;
        let reasoning = '';
        const runner = openai.chat.completions.stream({
          model, messages, stream_options: { include_usage: true }, ...more,
        });
        for await (const part of runner) {
          parts++;
          reasoning += part.choices[0]?.delta?.reasoning ?? '';
        }
        const final = await runner.finalChatCompletion();
        const { content, tool_calls } = final.choices[0].message;
        const message = { role: 'assistant', content, ...(tool_calls?.length ? { tool_calls } : {}) };
        return { ...alike(message, final.usage, parts), thinking: reasoning };
      },
      tools: { tools },
      result: (call, text) => [{ role: 'tool', tool_call_id: call.id, content: text }],
      picture: [{
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
        ],
      }],
      schema: { response_format: { type: 'json_schema', json_schema: { name: 'person', schema: shape, strict: true } } },
      thinks: { reasoning_effort: 'high' },
      thinksNot: { reasoning_effort: 'none' },
    };
  },
  anthropic: () => {
    const anthropic = new Anthropic({ baseURL: url, apiKey: 'unused', maxRetries: 0 });
    const tools = [{ name: 'get_weather', description: 'It tells the weather.', input_schema: city }];
    const alike = (answer, parts) => ({
      text: answer.content.filter((block) => block.type === 'text').map((block) => block.text).join(''),
      thinking: answer.content.filter((block) => block.type === 'thinking').map((block) => block.thinking).join(''),
      calls: answer.content
        .filter((block) => block.type === 'tool_use')
        .map(({ id, name, input }) => ({ id, name, input })),
      usage: [answer.usage.input_tokens, answer.usage.output_tokens],
      parts,
      message: { role: 'assistant', content: answer.content },
    });
    const most = { model, max_tokens: 4000 };
    return {
      whole: async (messages, more = {}) => alike(await anthropic.messages.create({ ...most, messages, ...more }), 1),
      stream: async (messages, more = {}) => {
        let parts = 0;
        const stream = anthropic.messages.stream({ ...most, messages, ...more });
        stream.on('streamEvent', () => parts++);
        return alike(await stream.finalMessage(), parts);
      },
      tools: { tools },
      result: (call, text) => [{
        role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: text }],
      }],
      picture: [{
        role: 'user',
        content: [
          { type: 'text', text: 'Look' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      }],
      schema: null, // The library has a word for it, Ollama's own /v1/messages has none.
      thinks: { thinking: { type: 'enabled', budget_tokens: 2000 } },
      thinksNot: { thinking: { type: 'disabled' } },
    };
  },
};

const speaker = speakers[client]();
const user = (content) => ({ role: 'user', content });

function assertSays(answer) {
  assert.ok(answer.text.length > 0, JSON.stringify(answer));
  const [read, written] = answer.usage;
  assert.ok(written > 0, JSON.stringify(answer.usage));
  // An Ollama's stream of /v1/messages does not say how much was read.
  const untold = answer.parts > 1 && (client === 'anthropic' || backend === 'anthropic');
  assert.ok(read > 0 || untold, JSON.stringify(answer.usage));
}

const checks = {
  whole: async () => assertSays(await speaker.whole([user(hello)])),
  stream: async () => {
    const answer = await speaker.stream([user(hello)]);
    assertSays(answer);
    assert.ok(answer.parts > 3, `${answer.parts} parts`);
  },
  'tool loop': async () => {
    const messages = [];
    for (const [turn, place] of ['Paris', 'Lyon', 'Nice'].entries()) {
      messages.push(user(ask(place)));
      const say = turn % 2 === 0 ? speaker.stream : speaker.whole;
      const called = await say(messages, speaker.tools);
      assert.deepEqual(called.calls.map(({ name, input }) => ({ name, input })), [{ name: 'get_weather', input: { city: place } }]);
      messages.push(called.message, ...speaker.result(called.calls[0], `It rains in ${place}`));
      const told = await say(messages);
      assertSays(told);
      messages.push(told.message);
    }
  },
  picture: async () => assertSays(await speaker.whole(speaker.picture)),
  thinking: async () => {
    const answer = await speaker.stream([user(hello)], speaker.thinks);
    assertSays(answer);
    assert.ok(answer.thinking.length > 0, JSON.stringify(answer));
    assert.ok(!answer.text.includes('<think>'), answer.text);
  },
  'no thinking': async () => {
    const answer = await speaker.stream([user(hello)], speaker.thinksNot);
    assertSays(answer);
    assert.equal(answer.thinking, '');
  },
};
if (speaker.schema) {
  checks.schema = async () => {
    if (backend === 'anthropic') {
      const asked = speaker.whole([user('Tell me of a person')], speaker.schema);
      await assert.rejects(asked, (e) => /format/.test(e.message)); // That API has no word for it.
      return;
    }
    const answer = await speaker.whole([user('Tell me of a person')], { ...speaker.schema, ...speaker.thinksNot });
    const said = JSON.parse(answer.text);
    assert.equal(typeof said.name, 'string');
    assert.ok(Number.isInteger(said.age));
  };
}
await run(checks);
