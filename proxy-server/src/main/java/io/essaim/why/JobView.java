package io.essaim.why;

/**
 * Long work of a host as it stands.
 *
 * @param host the backend's name
 * @param call method and path
 * @param model what it is about
 * @param status the host's latest status, in its own words; empty before the first
 * @param completed bytes done of the current step; 0 when unknown
 * @param total bytes of that step; 0 when unknown
 */
public record JobView(String host, String call, String model, String status, long completed, long total) {}
