import Foundation
import Inventory

extension ReservationID {
    /// A new one, of this moment and at random.
    static func draw() -> ReservationID {
        var generator = SystemRandomNumberGenerator()
        return ReservationID(
            milliseconds: UInt64(max(0, Date().timeIntervalSince1970) * 1_000),
            random: (generator.next(), generator.next()))
    }
}

/// The codes that customers read out at a counter.
package enum PickupCode {
    /// No vowels, so that no words come up, and nothing that looks or sounds like another.
    private static let letters = Array("23456789CDFGHJKMPRTVWXY")
    package static let length = 6

    /// That all of them are taken is one in 10^10 with a million open orders.
    static func drawSome() -> [String] { [draw(), draw()] }

    package static func draw() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] })
    }
}
