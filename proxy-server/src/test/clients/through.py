"""The conversation of through.mjs in the words of ollama-python, asked in turn and at once."""

import asyncio
import json
import sys
import traceback

from ollama import AsyncClient, Client, ResponseError

url, model, backend = sys.argv[1:4]
HELLO = "Hello"
# The smallest picture there is: one pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
SHAPE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
    "required": ["name", "age"],
    "additionalProperties": False,
}
client = Client(host=url)


def get_weather(city: str) -> str:
    """
    It tells the weather.

    Args:
      city: The city
    """
    return f"It rains in {city}"


def user(content):
    return {"role": "user", "content": content}


def ask(place):
    return user(f"What is the weather in {place}")


class Answer:
    """What was said, streamed or not, made alike."""

    def __init__(self, parts):
        self.parts = list(parts)
        last = self.parts[-1]
        assert last.done is True and last.done_reason == "stop", last
        self.text = "".join(part.message.content or "" for part in self.parts)
        self.thinking = "".join(part.message.thinking or "" for part in self.parts)
        self.calls = [call for part in self.parts for call in part.message.tool_calls or []]
        self.usage = (last.prompt_eval_count or 0, last.eval_count or 0)

    @property
    def message(self):
        return {
            "role": "assistant",
            "content": self.text,
            "thinking": self.thinking,
            "tool_calls": [call.model_dump() for call in self.calls],
        }

    def assert_says(self):
        assert self.text, self.parts
        read, written = self.usage
        assert written > 0, self.usage
        # An Ollama's stream of /v1/messages, the cloud of that dialect here, does not say how much was read.
        assert read > 0 or (backend == "anthropic" and len(self.parts) > 1), self.usage


def whole(messages, **more):
    return Answer([client.chat(model=model, messages=messages, **more)])


def stream(messages, **more):
    return Answer(client.chat(model=model, messages=messages, stream=True, **more))


def says_whole():
    whole([user(HELLO)]).assert_says()


def says_stream():
    answer = stream([user(HELLO)])
    answer.assert_says()
    assert len(answer.parts) > 3, answer.parts


def tool_loop():
    messages = []
    for turn, place in enumerate(["Paris", "Lyon", "Nice"]):
        messages.append(ask(place))
        say = whole if turn % 2 else stream
        called = say(messages, tools=[get_weather])
        (call,) = called.calls
        assert call.function.name == "get_weather" and call.function.arguments == {"city": place}, call
        result = get_weather(**call.function.arguments)
        messages += [called.message, {"role": "tool", "tool_name": "get_weather", "content": result}]
        told = say(messages)
        told.assert_says()
        messages.append(told.message)


def picture():
    looks = [{"role": "user", "content": "Look", "images": [PIXEL]}]
    whole(looks).assert_says()
    stream(looks).assert_says()


def thinking():
    for say in (stream, whole):
        answer = say([user(HELLO)], think=True)
        answer.assert_says()
        assert answer.thinking, answer.parts
        assert "<think>" not in answer.text, answer.text


def no_thinking():
    for say in (stream, whole):
        answer = say([user(HELLO)], think=False)
        answer.assert_says()
        assert answer.thinking == "", answer.parts


def schema():
    for say in (whole, stream):
        try:
            answer = say([user("Tell me of a person")], format=SHAPE, think=False)
        except ResponseError as e:
            # That API has no word for it.
            assert backend == "anthropic" and "format" in e.error, e
            continue
        assert backend != "anthropic", answer.parts
        said = json.loads(answer.text)
        assert isinstance(said["name"], str) and isinstance(said["age"], int), said


def at_once():
    async def three():
        asking = AsyncClient(host=url)

        async def one():
            parts = await asking.chat(model=model, messages=[user(HELLO)], stream=True)
            return Answer([part async for part in parts])

        for answer in await asyncio.gather(one(), one(), one()):
            answer.assert_says()

    asyncio.run(three())


CHECKS = {
    "whole": says_whole,
    "stream": says_stream,
    "tool loop": tool_loop,
    "picture": picture,
    "thinking": thinking,
    "no thinking": no_thinking,
    "schema": schema,
    "at once": at_once,
}
for name, check in CHECKS.items():
    line = {"check": name, "ok": True, "detail": ""}
    try:
        check()
    except Exception:
        line.update(ok=False, detail=traceback.format_exc())
    print(json.dumps(line), flush=True)
