package io.essaim.dialect;

/** A backend's answer of one document cannot be used. Has no stack trace. */
public final class Broken extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Fault fault;

    Broken(Fault fault) {
        super(fault.message(), null, false, false);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
