package io.essaim.simulator.json;

/** A number literal, kept as it was written: Go quotes it in errors and cuts it differently per target type. */
public record JsonNumber(String literal) {
    /** The value as a double; literals beyond its range become infinite. */
    public double asDouble() {
        return Double.parseDouble(literal);
    }

    /** The value without its fraction; literals beyond the range of a long are clamped. */
    public long asLong() {
        return (long) asDouble();
    }

    boolean isInteger() {
        return literal.indexOf('.') < 0 && literal.indexOf('e') < 0 && literal.indexOf('E') < 0;
    }
}
