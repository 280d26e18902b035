/// Waits until something is so, and looks every ten milliseconds.
/// - Parameter limit: far more than it takes, since a loaded machine may need it.
/// - Returns: whether it came to that.
package func eventually(within limit: Duration = .seconds(60), _ isSo: () async throws -> Bool) async rethrows -> Bool {
    let started = ContinuousClock.now
    while try await !isSo() {
        guard started.duration(to: .now) < limit, !Task.isCancelled else { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return true
}
