/// How a CSV file's bytes are text. All of them have ASCII as it is, so commas, quotes and line ends are found before.
package enum TextEncoding: String, Sendable, CaseIterable {
    case utf8 = "utf-8"
    case latin1 = "iso-8859-1"
    case windows1252 = "windows-1252"

    var name: String { self == .utf8 ? "UTF-8" : rawValue }

    /// - Returns: nil for bytes that the encoding does not have.
    func text(_ bytes: ArraySlice<UInt8>) -> String? {
        if self == .utf8 || !bytes.contains(where: { $0 >= 0x80 }) { return String(validating: bytes, as: UTF8.self) }
        var scalars = String.UnicodeScalarView()
        for byte in bytes {
            guard let scalar = scalar(byte) else { return nil }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    private func scalar(_ byte: UInt8) -> Unicode.Scalar? {
        guard self == .windows1252, (0x80...0x9F).contains(byte) else { return Unicode.Scalar(byte) }
        let unit = Self.windows1252High[Int(byte) - 0x80]
        return unit == 0 ? nil : Unicode.Scalar(unit)
    }

    /// 0x80 to 0x9F; 0 where the encoding has nothing. Source: Unicode, MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT.
    private static let windows1252High: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]
}
