/// What storefronts may show without leaking how much there is.
package struct StorefrontSettings: Sendable, Hashable {
    /// "Only n left" is said up to this many units; 0: never.
    package var onlyLeftMax: Int64
    /// Seconds for which a browser or CDN may show an answer again, 0 or more.
    package var maxAgeSeconds: Int64

    /// The most units that a shopper may ask whether they can be had, 1 or more: who asks often enough learns a figure up to
    /// here.
    package var quantityMax: Int64

    package init(onlyLeftMax: Int64 = 3, maxAgeSeconds: Int64 = 5, quantityMax: Int64 = 20) {
        self.onlyLeftMax = onlyLeftMax
        self.maxAgeSeconds = maxAgeSeconds
        self.quantityMax = quantityMax
    }

    /// - Returns: nil where there is none, or more than may be told.
    func onlyLeft(_ available: Int64) -> Int64? {
        available >= 1 && available <= onlyLeftMax ? available : nil
    }
}
