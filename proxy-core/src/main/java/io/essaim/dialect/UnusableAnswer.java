package io.essaim.dialect;

/** A backend's answer of one document cannot be used. Has no stack trace. */
public final class UnusableAnswer extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient ProviderError fault;

    UnusableAnswer(ProviderError fault) {
        super(fault.message(), null, false, false);
        this.fault = fault;
    }

    public ProviderError fault() {
        return fault;
    }
}
