import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { all, city, endless, hello, run, weather } from './checks.mjs';

const anthropic = new Anthropic({ baseURL: process.argv[2], apiKey: 'unused', maxRetries: 0 });
const model = 'llama3.2';
const max_tokens = 200;

await run({
  messages: async () => {
    const answer = await anthropic.messages.create({ model, max_tokens, messages: hello });
    assert.equal(answer.type, 'message');
    assert.equal(answer.content[0].type, 'text');
    assert.ok(answer.content[0].text.length > 0);
    assert.ok(answer.usage.output_tokens > 0);
  },
  'messages stream': async () => {
    const events = await all(await anthropic.messages.create({ model, max_tokens, messages: hello, stream: true }));
    assert.equal(events[0].type, 'message_start');
    assert.ok(events.filter((event) => event.type === 'content_block_delta').length > 3);
    assert.equal(events.at(-1).type, 'message_stop');
  },
  'messages tool': async () => {
    const tools = [{ name: 'get_weather', input_schema: city }];
    const answer = await anthropic.messages.stream({ model, max_tokens, messages: weather, tools }).finalMessage();
    assert.equal(answer.stop_reason, 'tool_use');
    const use = answer.content.find((block) => block.type === 'tool_use');
    assert.equal(use.name, 'get_weather');
    assert.deepEqual(use.input, { city: 'Paris' });
  },
  abort: async () => {
    const stream = await anthropic.messages.create({ model: endless, max_tokens, messages: hello, stream: true });
    let texts = 0;
    for await (const event of stream) {
      assert.notEqual(event.type, 'message_stop');
      if (event.type === 'content_block_delta') {
        texts++;
        stream.controller.abort();
      }
    }
    assert.ok(texts > 0);
  },
  'unknown model': async () => {
    for (const stream of [false, true]) {
      await assert.rejects(anthropic.messages.create({ model: 'nope', max_tokens, messages: hello, stream }), (e) => {
        assert.ok(e instanceof Anthropic.NotFoundError, String(e));
        assert.equal(e.status, 404);
        return true;
      });
    }
  },
});
