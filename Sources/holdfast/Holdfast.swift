import ArgumentParser
import OpenAPIContract

@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "Real-time inventory availability: what can be sold right now, per item and location.",
        discussion: """
            Settings come from flags, then the environment (HOLDFAST_HTTP_PORT for --http-port, and so on), then the \
            JSON file named by --config or HOLDFAST_CONFIG_FILE.
            """,
        version: "holdfast \(OpenAPIContract.version)",
        subcommands: [
            Serve.self, Migrate.self, Demo.self, Import.self, Export.self, Keys.self, Token.self, Proof.self, Tail.self,
            Bench.self,
        ])
}
