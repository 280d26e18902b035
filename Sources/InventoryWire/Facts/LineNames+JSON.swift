import Inventory
import StrictJSON

extension LineNames {
    /// Of a line that was refused: every name in it that can be one, whatever is wrong beside it.
    /// - Parameter codeSystem: of codes that name none: the envelope's.
    convenience init(of line: JSONValue, codeSystem: CodeSystem?) {
        let members = line.members ?? []
        func texts(_ name: String) -> [String] {
            members.compactMap { $0.name.string == name ? $0.value.string : nil }
        }
        let system = texts("codeSystem").first.flatMap { try? CodeSystem($0) } ?? codeSystem
        func places(_ field: String) -> [Place] {
            texts(field).compactMap { text in
                (try? LocationID(naming: text)).map { Place(field: field, reference: .id($0)) }
            }
                + texts("\(field)Code").compactMap { text in
                    (try? Code(text)).map {
                        Place(field: "\(field)Code", reference: .code(system: system, $0))
                    }
                }
        }
        let skus = texts("sku").compactMap { try? SKU(naming: $0) }.map(ItemReference.sku)
        let codes = texts("code").compactMap { try? Code($0) }.map { ItemReference.code(system: system, $0) }
        self.init(items: skus + codes, places: places("location") + places("toLocation")) {
            $0.field.hasPrefix("to")
        }
    }
}
