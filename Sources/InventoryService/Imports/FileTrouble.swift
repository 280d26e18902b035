import Foundation

/// Why a file of this machine cannot be read or written, in words for whoever named it: Foundation's own are often no more
/// than a number.
package enum FileTrouble {
    package static func words(_ error: any Error, reading path: String) -> String {
        isFolder(path) == true ? "it is a folder; name a file in it" : words(error)
    }

    /// - Parameter path: of a folder, or of a file in one.
    package static func words(_ error: any Error, writing path: String, asFolder: Bool = false) -> String {
        switch isFolder(path) {
        case false? where asFolder: "it is a file; name a folder"
        case true? where !asFolder: "it is a folder; name a file in it"
        default: words(error)
        }
    }

    /// Nil where there is nothing.
    private static func isFolder(_ path: String) -> Bool? {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) ? isFolder.boolValue : nil
    }

    private static func words(_ error: any Error) -> String {
        switch (error as? CocoaError)?.code {
        case .fileReadNoSuchFile?, .fileNoSuchFile?: return "there is no such file"
        case .fileReadNoPermission?, .fileWriteNoPermission?: return "this user may not"
        case .fileWriteOutOfSpace?: return "there is no room left on the disk"
        case .fileWriteVolumeReadOnly?: return "its disk is read-only"
        default: break
        }
        var next: (any Error)? = error
        // As the system says it, which stands at the bottom.
        for _ in 0..<4 {
            guard let current = next.map({ $0 as NSError }) else { break }
            if current.domain == NSPOSIXErrorDomain {
                return String(cString: strerror(Int32(truncatingIfNeeded: current.code)))
            }
            next = current.userInfo[NSUnderlyingErrorKey] as? any Error
        }
        return error.localizedDescription
    }
}
