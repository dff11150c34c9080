package io.arque;

/**
 * What a sweep moved to pending.
 *
 * @param promoted delayed tasks that were due
 * @param reclaimed working tasks whose lease had expired
 * @since 0.1.0
 */
public record SweepResult(int promoted, int reclaimed) {
}
