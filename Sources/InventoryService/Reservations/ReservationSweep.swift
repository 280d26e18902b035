package import Logging
import ServiceLifecycle

/// Writes down what time has done to reservations. No promise depends on it: reads and grants go by the clock.
package struct ReservationSweep: Service {
    private let reservations: ReservationService
    private let logger: Logger

    private static let interval: Duration = .seconds(1)
    /// Reservations of one sweep; a full one goes on at once.
    private static let countMax = 200

    package init(reservations: ReservationService, logger: Logger) {
        self.reservations = reservations
        self.logger = logger
    }

    package func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    while try await reservations.writeExpired(limit: Self.countMax) == Self.countMax {}
                    _ = try await reservations.settleLatePickups(limit: Self.countMax)
                } catch {
                    logger.debug("reservations not swept", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
