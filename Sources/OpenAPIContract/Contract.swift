/// The OpenAPI document, as it was when the program was built: inside the program, so it cannot be lost.
package enum OpenAPIContract {
    package static var bytes: [UInt8] { PackageResources.openapi_yaml }
}
