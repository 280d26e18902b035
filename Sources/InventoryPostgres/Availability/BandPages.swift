import Inventory

/// Bands by item number, a byte each, in pages of the numbers that are in use: how great the greatest number is says nothing
/// about how many items there are. Items without a band are out.
struct BandPages: Sendable {
    private static let size: Int64 = 1_024

    private var pages: [Int64: [Band]] = [:]

    var pageCount: Int { pages.count }

    /// Items that the pages have room for.
    var capacity: Int { pages.count * Int(Self.size) }

    subscript(item: Int64) -> Band {
        let (number, place) = item.quotientAndRemainder(dividingBy: Self.size)
        return pages[number]?[Int(place)] ?? .out
    }

    /// - Parameter note: told the band that each item had before.
    mutating func set(_ items: [Int64], to band: Band, _ note: (_ before: Band) -> Void) {
        var index = items.startIndex
        while index < items.endIndex {
            let number = items[index] / Self.size
            // Taken out, so that it is changed in place. Items come mostly in the order of their numbers.
            var page = pages.removeValue(forKey: number) ?? Array(repeating: .out, count: Int(Self.size))
            while index < items.endIndex, items[index] / Self.size == number {
                let place = Int(items[index] % Self.size)
                note(page[place])
                page[place] = band
                index += 1
            }
            pages[number] = page
        }
    }

    /// Ascending.
    func items(where isIncluded: (Band) -> Bool) -> [Int64] {
        var items: [Int64] = []
        for (number, page) in pages.sorted(by: { $0.key < $1.key }) {
            for (place, band) in page.enumerated() where isIncluded(band) {
                items.append(number * Self.size + Int64(place))
            }
        }
        return items
    }
}
