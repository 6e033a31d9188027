package io.essaim.learn;

/**
 * What stands between a request and a model that is not in memory as the request needs it.
 *
 * @param loadSeconds that the load is likely to take, until one was seen; 0 leaves it to the class of the backend
 * @param inTheWay models in memory, one of which has to leave before; 0 when there is room
 * @param reload whether the model itself is there with another context, and has to leave before
 */
public record ModelAbsence(double loadSeconds, int inTheWay, boolean reload) {
    /** There is room, and nothing is known of how long it takes. */
    public static final ModelAbsence UNKNOWN = new ModelAbsence(0, 0, false);
}
