package io.essaim.dialect;

/**
 * Writes an answer in a client's dialect: frames when the client asked for a stream, else one document when the last event
 * came. One per answer, not for several threads.
 */
public interface AnswerWriter {
    /**
     * Takes the next event and appends what can be written now, often nothing. After a {@link StreamEvent.Failed} that is an
     * error frame of a stream; an answer that is not streamed then becomes the error's body, to be sent with its status.
     */
    void write(StreamEvent event, ByteBuilder out);
}
