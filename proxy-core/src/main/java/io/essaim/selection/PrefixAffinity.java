package io.essaim.selection;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.essaim.api.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Which backend has read which conversation, so that its next turn is known to be cheap there. Backends keep the
 * prompts that they have read (llama.cpp's prompt cache), and the next turn of a conversation begins with all of the
 * one before.
 *
 * <p>It learns from what was sent; no backend is asked. Its content is a belief; how far it holds is learned in {@code
 * io.essaim.learn}. Nothing of a conversation is kept but keyed hashes, and one scope (an agent, a model) cannot find
 * what another one stored.
 *
 * <p>Bounded; entries that nothing asked for in half an hour are dropped. Any thread.
 */
public final class PrefixAffinity {
    private static final Duration IDLE = Duration.ofMinutes(30);

    /** Backends remembered for one beginning; the same instructions begin many conversations. */
    private static final int MOST_HOLDERS = 4;

    private final Cache<Long, List<Holder>> known;
    private final long key0;
    private final long key1;

    /**
     * Who read a conversation with this beginning last.
     *
     * @param generation of the model there: another one when it was unloaded since
     * @param size bytes of the conversation
     * @param hash of all of them
     * @param promptTokens tokens of those bytes
     * @param outputTokens tokens of the answer, cached behind them
     */
    private record Holder(String backend, long generation, int size, long hash, long promptTokens, long outputTokens) {}

    /**
     * @param most beginnings that are remembered; a conversation of 32 KiB has eight
     * @param key0 with {@code key1} a secret of this process
     */
    public PrefixAffinity(int most, long key0, long key1, Ticker ticker) {
        this.key0 = key0;
        this.key1 = key1;
        this.known = Caffeine.newBuilder()
                .maximumSize(most)
                .expireAfterAccess(IDLE)
                .ticker(ticker::nanos)
                .executor(Runnable::run)
                .build();
    }

    /**
     * The beginnings of a conversation.
     *
     * @param scope what must be the same to share a cache: agent and model, and whatever else stands before the conversation
     * @param bytes holds the messages, or the prompt, as the client sent them; without the bracket that closes the list, so
     *     that a next turn begins with all of it
     */
    public ConversationPrefix conversation(String scope, byte[] bytes, int from, int length) {
        return new ConversationPrefix(new PrefixHash(key0, key1), scope, bytes, from, length);
    }

    /** A keyed hash of bytes that belong into a scope, so that they need not be copied for it. */
    public long digest(byte[] bytes, int from, int length) {
        return new PrefixHash(key0, key1).with(bytes, from, length);
    }

    /**
     * Who is believed to have read what of a conversation.
     *
     * @param backend name of the backend
     * @param generation of the model there when it did
     * @param tokens how many tokens of it
     */
    record Reader(String backend, long generation, long tokens) {}

    /** Those who read the beginning of the conversation, who read most first. */
    List<Reader> readers(ConversationPrefix conversation) {
        List<Reader> readers = new ArrayList<>();
        for (int mark = conversation.marks() - 1; mark >= 0; mark--) {
            List<Holder> holders = known.getIfPresent(conversation.key(mark));
            if (holders != null) {
                for (Holder holder : holders) {
                    if (tokens(readers, holder.backend(), holder.generation()) == 0) {
                        long tokens = shared(conversation, mark, holder);
                        readers.add(new Reader(holder.backend(), holder.generation(), tokens));
                    }
                }
            }
        }
        return readers;
    }

    /**
     * Tokens that the backend is believed to have read already; 0 when none.
     *
     * @param generation of the model on that backend now
     */
    static long tokens(List<Reader> readers, String backend, long generation) {
        for (int i = 0; i < readers.size(); i++) {
            Reader reader = readers.get(i);
            if (reader.generation() == generation && reader.backend().equals(backend)) {
                return reader.tokens();
            }
        }
        return 0;
    }

    /**
     * Tokens of the conversation that the backend is believed to have read already; 0 when none.
     *
     * @param generation of the model on that backend now
     */
    public long cachedTokens(ConversationPrefix conversation, String backend, long generation) {
        return tokens(readers(conversation), backend, generation);
    }

    /** All of it when the conversation goes on where the holder's ended; else what is before the mark. */
    private static long shared(ConversationPrefix conversation, int mark, Holder holder) {
        int size = holder.size();
        if (size <= conversation.length() && conversation.hash(mark, size) == holder.hash()) {
            boolean goesOn = conversation.length() > size;
            return holder.promptTokens() + (goesOn ? holder.outputTokens() : 0);
        }
        return holder.promptTokens() * ConversationPrefix.size(mark) / size;
    }

    /**
     * The backend answered.
     *
     * @param generation of the model there when the request was sent
     * @param promptTokens tokens of the prompt, cached ones included
     * @param outputTokens tokens of the answer
     */
    public void answered(
            ConversationPrefix conversation, String backend, long generation, long promptTokens, long outputTokens) {
        if (conversation.marks() == 0 || promptTokens <= 0) {
            return;
        }
        long hash = conversation.hash();
        long output = Math.max(0, outputTokens);
        Holder holder = new Holder(backend, generation, conversation.length(), hash, promptTokens, output);
        for (int mark = 0; mark < conversation.marks(); mark++) {
            known.asMap().merge(conversation.key(mark), List.of(holder), PrefixAffinity::latestFirst);
        }
    }

    private static List<Holder> latestFirst(List<Holder> old, List<Holder> latest) {
        String backend = latest.get(0).backend();
        List<Holder> all = new ArrayList<>(latest);
        for (Holder holder : old) {
            if (all.size() < MOST_HOLDERS && !holder.backend().equals(backend)) {
                all.add(holder);
            }
        }
        return List.copyOf(all);
    }

    /** What was believed of the backend turned out wrong. */
    public void forget(ConversationPrefix conversation, String backend) {
        for (int mark = 0; mark < conversation.marks(); mark++) {
            known.asMap().computeIfPresent(conversation.key(mark), (key, holders) -> {
                List<Holder> others = new ArrayList<>(holders);
                others.removeIf(holder -> holder.backend().equals(backend));
                return others.isEmpty() ? null : List.copyOf(others);
            });
        }
    }
}
