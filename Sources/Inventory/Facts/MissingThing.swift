/// A name that lines may wait for.
package enum MissingThing: Sendable, Hashable {
    case sku(SKU)
    case code(CodeSystem, Code)
    case location(LocationID)
    case locationCode(CodeSystem, Code)

    /// The key of the exception that asks for it.
    package var dedupeKey: String {
        switch self {
        case .sku(let sku): "unknownSku:\(sku)"
        case .code(let system, let code): "unknownCode:\(system):\(code.canonical(in: system))"
        case .location(let location): "unknownLocation:\(location)"
        case .locationCode(let system, let code): "unknownLocationCode:\(system):\(code)"
        }
    }
}
