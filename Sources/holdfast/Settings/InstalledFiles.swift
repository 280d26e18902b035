import Foundation

/// Files that come with the program: beside its sources in a clone, or in `share/holdfast` of a release archive.
enum InstalledFiles {
    /// - Parameters:
    ///   - path: as it is in a clone, from the folder that the program was started in.
    ///   - name: as it is in an archive.
    /// - Returns: whichever is there; `path` where neither is.
    static func find(_ path: String, installedAs name: String) -> String {
        guard !FileManager.default.fileExists(atPath: path),
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        else { return path }
        let installed = URL(filePath: program).deletingLastPathComponent()
            .appending(path: "../share/holdfast/\(name)").standardizedFileURL.path
        return FileManager.default.fileExists(atPath: installed) ? installed : path
    }
}
