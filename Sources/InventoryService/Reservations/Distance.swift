import Foundation
package import Inventory

extension Coordinates {
    /// The Earth as a sphere: its mean radius, in kilometres (IUGG).
    private static let earthRadiusKm = 6_371.0088

    /// Along the great circle, by the haversine formula.
    package func distanceKm(to other: Coordinates) -> Double {
        func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }
        let north = sin(radians(other.latitude - latitude) / 2)
        let east = sin(radians(other.longitude - longitude) / 2)
        let chord = north * north + cos(radians(latitude)) * cos(radians(other.latitude)) * east * east
        return 2 * Self.earthRadiusKm * asin(min(1, chord.squareRoot()))
    }
}
