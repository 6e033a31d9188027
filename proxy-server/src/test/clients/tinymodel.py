"""
Writes a model that says the same sentence to everything, as a GGUF file: a llama of one layer whose attention and feed-forward
weights are zero. A token is a unit vector, so that the output matrix says of each token what comes next.
"""

import struct
from array import array

# No word twice, for each is what the next one follows.
SENTENCE = ["▁A", "▁swarm", "▁of", "▁small", "▁models", "▁is", "▁worth", "▁one", "▁large", "▁host", "."]
UNK, BOS, EOS = 0, 1, 2
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6
# Each role's turn ends in the same token, which is what the sentence follows.
TEMPLATE = "{% for m in messages %}{{ m['role'] + ':' + m['content'] + '|' }}{% endfor %}"
CONTEXT = 512
U32, F32, STRING, ARRAY = 4, 6, 8, 9


def vocabulary():
    """Texts and types."""
    tokens = [("<unk>", UNKNOWN), ("<s>", CONTROL), ("</s>", CONTROL)]
    tokens += [(f"<0x{byte:02X}>", BYTE) for byte in range(256)]
    tokens += [(chr(letter), NORMAL) for letter in range(33, 127)]
    tokens += [("▁", NORMAL)]
    tokens += [(word, NORMAL) for word in SENTENCE if len(word) > 1]
    return tokens


def follows(tokens):
    """For each token the one that comes next."""
    place = {text: i for i, (text, _) in enumerate(tokens)}
    chain = [place["|"], *(place[word] for word in SENTENCE), EOS]
    return dict(zip(chain, chain[1:]))


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


def field(key, kind, value):
    packed = text(value) if kind == STRING else struct.pack("<I" if kind == U32 else "<f", value)
    return text(key) + struct.pack("<I", kind) + packed


def fields(key, kind, values):
    packed = b"".join(text(v) if kind == STRING else struct.pack("<f" if kind == F32 else "<i", v) for v in values)
    return text(key) + struct.pack("<IIQ", ARRAY, kind, len(values)) + packed


def square(size, ones):
    cells = array("f", bytes(4 * size * size))
    for row, column, weight in ones:
        cells[row * size + column] = weight
    return cells


def write(path):
    tokens = vocabulary()
    width = (len(tokens) + 63) // 64 * 64
    tokens += [(f"▁#{i}", NORMAL) for i in range(width - len(tokens))]
    feed = 64
    settings = [
        field("general.architecture", STRING, "llama"),
        field("general.name", STRING, "one sentence"),
        field("llama.context_length", U32, CONTEXT),
        field("llama.embedding_length", U32, width),
        field("llama.block_count", U32, 1),
        field("llama.feed_forward_length", U32, feed),
        field("llama.attention.head_count", U32, width // 64),
        field("llama.rope.dimension_count", U32, 64),
        field("llama.attention.layer_norm_rms_epsilon", F32, 1e-5),
        field("llama.vocab_size", U32, width),
        field("tokenizer.ggml.model", STRING, "llama"),
        fields("tokenizer.ggml.tokens", STRING, [token for token, _ in tokens]),
        # The longer the likelier, so that words are taken whole.
        fields("tokenizer.ggml.scores", F32, [float(len(token)) for token, _ in tokens]),
        fields("tokenizer.ggml.token_type", 5, [kind for _, kind in tokens]),
        field("tokenizer.ggml.bos_token_id", U32, BOS),
        field("tokenizer.ggml.eos_token_id", U32, EOS),
        field("tokenizer.ggml.unknown_token_id", U32, UNK),
        field("tokenizer.chat_template", STRING, TEMPLATE),
    ]
    ones = array("f", [1.0] * width)
    next_words = [(after, before, 20.0) for before, after in follows(tokens).items()]
    zeros = square(width, [])
    feeds = array("f", bytes(4 * width * feed))
    tensors = [
        ("token_embd.weight", (width, width), square(width, [(i, i, 1.0) for i in range(width)])),
        ("output.weight", (width, width), square(width, next_words)),
        ("output_norm.weight", (width,), ones),
        ("blk.0.attn_norm.weight", (width,), ones),
        ("blk.0.ffn_norm.weight", (width,), ones),
        *((f"blk.0.attn_{part}.weight", (width, width), zeros) for part in ("q", "k", "v", "output")),
        ("blk.0.ffn_gate.weight", (width, feed), feeds),
        ("blk.0.ffn_up.weight", (width, feed), feeds),
        ("blk.0.ffn_down.weight", (feed, width), feeds),
    ]
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(settings)) + b"".join(settings)
    at = 0
    for name, shape, cells in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, at)
        at += 4 * len(cells)
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % 32))
        for _, _, cells in tensors:
            file.write(cells.tobytes())
