/// What the operating system says of this process.
package struct ProcessFigures: Sendable, Hashable {
    /// User and system time together, since it started.
    package let cpuSeconds: Double
    package let residentBytes: Int64
    package let openFiles: Int64
    /// Seconds since 1970.
    package let startedAt: Double

    package init(cpuSeconds: Double, residentBytes: Int64, openFiles: Int64, startedAt: Double) {
        self.cpuSeconds = cpuSeconds
        self.residentBytes = residentBytes
        self.openFiles = openFiles
        self.startedAt = startedAt
    }
}
