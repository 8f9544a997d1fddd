/* services/wkctl/config/capnp_schema.c - the peer's configuration schema as a table, each field
 * with whether it is offered here. Fields stand in the order of their numbers: the first of a
 * struct is what a bare value is assigned to. */
#include <string.h>
#include "services/wkctl/config/capnp_priv.h"

#define TEXT                                                                                   \
    {                                                                                          \
        .base = CAPNP_TEXT                                                                     \
    }
#define TEXTS                                                                                  \
    {                                                                                          \
        .base = CAPNP_TEXT, .list = true                                                       \
    }
#define DATA                                                                                   \
    {                                                                                          \
        .base = CAPNP_DATA                                                                     \
    }
#define BOOL                                                                                   \
    {                                                                                          \
        .base = CAPNP_BOOL                                                                     \
    }
#define VOID                                                                                   \
    {                                                                                          \
        .base = CAPNP_VOID                                                                     \
    }
#define UINT32                                                                                 \
    {                                                                                          \
        .base = CAPNP_UINT, .bits = 32                                                         \
    }
#define UINT64                                                                                 \
    {                                                                                          \
        .base = CAPNP_UINT, .bits = 64                                                         \
    }
#define ENUM(w)                                                                                \
    {                                                                                          \
        .base = CAPNP_ENUM, .words = w                                                         \
    }
#define ENUMS(w)                                                                               \
    {                                                                                          \
        .base = CAPNP_ENUM, .words = w, .list = true                                           \
    }
#define ONE(t)                                                                                 \
    {                                                                                          \
        .base = CAPNP_STRUCT, .type = &t##_struct                                              \
    }
#define MANY(t)                                                                                \
    {                                                                                          \
        .base = CAPNP_STRUCT, .type = &t##_struct, .list = true                                \
    }
#define F(n, ...)                                                                              \
    {                                                                                          \
        .name = n, .type = __VA_ARGS__                                                         \
    }
#define U(n, ...)                                                                              \
    {                                                                                          \
        .name = n, .in_union = true, .type = __VA_ARGS__                                       \
    }
#define NO(n, why, ...)                                                                        \
    {                                                                                          \
        .name = n, .support = CAPNP_NO, .note = why, .type = __VA_ARGS__                       \
    }
#define UNO(n, why, ...)                                                                       \
    {                                                                                          \
        .name = n, .in_union = true, .support = CAPNP_NO, .note = why, .type = __VA_ARGS__     \
    }
#define IDLE(n, why, ...)                                                                      \
    {                                                                                          \
        .name = n, .support = CAPNP_IDLE, .note = why, .type = __VA_ARGS__                     \
    }
#define UIDLE(n, why, ...)                                                                     \
    {                                                                                          \
        .name = n, .in_union = true, .support = CAPNP_IDLE, .note = why, .type = __VA_ARGS__   \
    }
#define STRUCT(id, shown, ...)                                                                 \
    static const struct capnp_field id##_fields[] = {__VA_ARGS__};                             \
    static const struct capnp_struct id##_struct = {shown, id##_fields, WK_COUNT(id##_fields), \
                                                    false}
#define GROUP(id, shown, ...)                                                                  \
    static const struct capnp_field id##_fields[] = {__VA_ARGS__};                             \
    static const struct capnp_struct id##_struct = {shown, id##_fields, WK_COUNT(id##_fields), \
                                                    true}

#define NO_TLS                                                                                 \
    "TLS is not configured here: put a TLS-terminating proxy in front of an http socket"
#define NO_CERT "connections over TLS trust the system's certificate authorities"
#define NO_CONTAINERS "containers are not offered"

/* clang-format off */
GROUP(props, "ServiceDesignator.props", U("empty", VOID), U("json", TEXT));
STRUCT(designator, "ServiceDesignator", F("name", TEXT), F("entrypoint", TEXT), F("props", ONE(props)));
STRUCT(header, "HttpOptions.Header", F("name", TEXT), F("value", TEXT));
STRUCT(http, "HttpOptions",
    F("style", ENUM("host proxy")), F("forwardedProtoHeader", TEXT), F("cfBlobHeader", TEXT),
    F("injectRequestHeaders", MANY(header)), F("injectResponseHeaders", MANY(header)),
    NO("capnpConnectHost", "Cap'n Proto connections are not offered", TEXT));
STRUCT(keypair, "TlsOptions.Keypair", F("privateKey", TEXT), F("certificateChain", TEXT));
STRUCT(tls, "TlsOptions",
    NO("keypair", NO_TLS, ONE(keypair)), NO("requireClientCerts", NO_TLS, BOOL),
    F("trustBrowserCas", BOOL), NO("trustedCertificates", NO_CERT, TEXTS),
    IDLE("minVersion", "the version is negotiated by the TLS library", ENUM("goodDefault ssl3 tls1Dot0 tls1Dot1 tls1Dot2 tls1Dot3")),
    IDLE("cipherList", "the ciphers are negotiated by the TLS library", TEXT));
STRUCT(logging, "LoggingOptions",
    F("structuredLogging", BOOL),
    IDLE("stdoutPrefix", "lines carry the service's name", TEXT), IDLE("stderrPrefix", "lines carry the service's name", TEXT));
STRUCT(cluster, "ClusterConfig",
    F("bucket", TEXT), F("bucketOptions", TEXTS), F("address", TEXT), F("key", TEXT), F("advertise", TEXT),
    F("unsafePublicAddress", BOOL), F("stopTimeoutMs", UINT32), F("unsafeTimeDivisor", UINT32));
GROUP(socket_https, "Socket.https", F("options", ONE(http)), F("tlsOptions", ONE(tls)));
GROUP(socket_tcp, "Socket.tcp", F("tlsOptions", ONE(tls)), F("tlsMode", ENUM("implicit startTls")));
GROUP(socket_udp, "Socket.udp", F("idleTimeoutMs", UINT32), F("maxPendingBytes", UINT32));
STRUCT(socket, "Socket",
    F("name", TEXT), F("address", TEXT), U("http", ONE(http)), UNO("https", NO_TLS, ONE(socket_https)),
    F("service", ONE(designator)), UNO("tcp", "raw TCP sockets are not offered", ONE(socket_tcp)),
    UNO("udp", "UDP sockets are not offered", ONE(socket_udp)));
STRUCT(ext_module, "Extension.Module", F("name", TEXT), F("internal", BOOL), F("esModule", TEXT));
STRUCT(extension, "Extension", F("modules", MANY(ext_module)));
STRUCT(network, "Network", F("allow", TEXTS), F("deny", TEXTS), F("tlsOptions", ONE(tls)));
STRUCT(disk, "DiskDirectory", F("path", TEXT), F("writable", BOOL), F("allowDotfiles", BOOL));
STRUCT(bucket, "ClusterBucket", F("path", TEXT));
STRUCT(assets, "AssetsService",
    F("path", TEXT), F("config", TEXT), F("userWorker", ONE(designator)), F("compatibilityDate", TEXT),
    F("compatibilityFlags", TEXTS));
GROUP(external_https, "ExternalServer.https",
    F("options", ONE(http)), F("tlsOptions", ONE(tls)),
    NO("certificateHost", "the certificate is checked against the address", TEXT));
GROUP(external_tcp, "ExternalServer.tcp", F("tlsOptions", ONE(tls)), F("certificateHost", TEXT));
STRUCT(external, "ExternalServer",
    F("address", TEXT), U("http", ONE(http)), U("https", ONE(external_https)),
    UNO("tcp", "raw TCP services are not offered; a worker may use connect() on a network service", ONE(external_tcp)));

STRUCT(module, "Worker.Module",
    F("name", TEXT), U("esModule", TEXT), U("commonJsModule", TEXT), U("text", TEXT), U("data", DATA),
    UIDLE("wasm", "the engine has no WebAssembly, so importing this module throws", DATA), U("json", TEXT),
    UNO("obsolete", "it is obsolete", TEXT), UNO("pythonModule", "Python is not offered", TEXT),
    UNO("obsoletePythonRequirement", "Python is not offered", TEXT), F("namedExports", TEXTS),
    UNO("bundled", "bundles of the peer's own are not offered", TEXT));
#define KEY_USES "encrypt decrypt sign verify deriveKey deriveBits wrapKey unwrapKey"
GROUP(key_algorithm, "Worker.Binding.CryptoKey.algorithm", U("name", TEXT), U("json", TEXT));
STRUCT(crypto_key, "Worker.Binding.CryptoKey",
    U("raw", DATA), U("hex", TEXT), U("base64", TEXT), U("pkcs8", TEXT), U("spki", TEXT), U("jwk", TEXT),
    F("algorithm", ONE(key_algorithm)), F("extractable", BOOL), F("usages", ENUMS(KEY_USES)));
STRUCT(cache_limits, "Worker.Binding.MemoryCacheLimits", F("maxKeys", UINT32), F("maxValueSize", UINT32), F("maxTotalValueSize", UINT64));
STRUCT(actor_designator, "Worker.Binding.DurableObjectNamespaceDesignator",
    F("className", TEXT), F("serviceName", TEXT), NO("obsolete2", "it is obsolete", TEXT));
STRUCT(param_type, "Worker.Binding.Type",
    U("unspecified", VOID), U("text", VOID), U("data", VOID), U("json", VOID), U("wasm", VOID),
    U("cryptoKey", ENUMS(KEY_USES)), U("service", VOID), U("durableObjectNamespace", VOID), U("kvNamespace", VOID),
    U("r2Bucket", VOID), U("obsolete0", VOID), U("queue", VOID), U("analyticsEngine", VOID), U("hyperdrive", VOID),
    U("durableObjectClass", VOID), U("workerdDebugPort", VOID));
GROUP(parameter, "Worker.Binding.parameter", F("type", ONE(param_type)), F("optional", BOOL));
GROUP(hyperdrive, "Worker.Binding.hyperdrive",
    F("designator", ONE(designator)), F("database", TEXT), F("user", TEXT), F("password", TEXT), F("scheme", TEXT));
GROUP(memory_cache, "Worker.Binding.memoryCache", F("id", TEXT), F("limits", ONE(cache_limits)));
GROUP(worker_loader, "Worker.Binding.workerLoader", F("id", TEXT));
static const struct capnp_struct binding_struct;
STRUCT(wrapped, "Worker.Binding.WrappedBinding", F("moduleName", TEXT), F("entrypoint", TEXT), F("innerBindings", MANY(binding)));
static const struct capnp_field binding_fields[] = {
    F("name", TEXT), U("unspecified", VOID),
    UNO("parameter", "workers cannot be inherited from", ONE(parameter)),
    U("text", TEXT), U("data", DATA), U("json", TEXT),
    UNO("wasmModule", "the engine has no WebAssembly", DATA),
    UNO("cryptoKey", "import the key with crypto.subtle.importKey from a text or data binding", ONE(crypto_key)),
    U("service", ONE(designator)), U("durableObjectNamespace", ONE(actor_designator)), U("kvNamespace", ONE(designator)),
    U("r2Bucket", ONE(designator)), UNO("obsolete0", "uses an obsolete binding type.", ONE(designator)),
    UNO("wrapped", "extensions are not offered", ONE(wrapped)), U("queue", ONE(designator)), U("fromEnvironment", TEXT),
    UNO("analyticsEngine", "use a service binding", ONE(designator)),
    UNO("hyperdrive", "use a text binding for the connection string", ONE(hyperdrive)), U("unsafeEval", VOID),
    UNO("memoryCache", "caches shared between workers are not offered", ONE(memory_cache)),
    U("durableObjectClass", ONE(designator)),
    UNO("workerLoader", "workers are not loaded at run time", ONE(worker_loader)),
    UNO("workerdDebugPort", "there is no such port", VOID)};
static const struct capnp_struct binding_struct = {"Worker.Binding", binding_fields, WK_COUNT(binding_fields), false};

STRUCT(device, "Worker.DurableObjectNamespace.ContainerOptions.ContainerPrivileges.Device",
    F("pathOnHost", TEXT), F("pathInContainer", TEXT), F("cgroupPermissions", TEXT));
STRUCT(privileges, "Worker.DurableObjectNamespace.ContainerOptions.ContainerPrivileges",
    F("capabilities", TEXTS), F("devices", MANY(device)), F("securityOpt", TEXTS));
STRUCT(named_image, "Worker.DurableObjectNamespace.ContainerOptions.NamedImage", F("name", TEXT), F("image", TEXT));
STRUCT(container, "Worker.DurableObjectNamespace.ContainerOptions",
    F("imageName", TEXT), F("privileges", ONE(privileges)), F("images", MANY(named_image)));
STRUCT(actor_namespace, "Worker.DurableObjectNamespace",
    F("className", TEXT), U("uniqueKey", TEXT), U("ephemeralLocal", VOID), F("preventEviction", BOOL), F("enableSql", BOOL),
    NO("container", NO_CONTAINERS, ONE(container)));
GROUP(actor_storage, "Worker.durableObjectStorage", U("none", VOID), U("inMemory", VOID), U("localDisk", TEXT));
STRUCT(docker, "Worker.DockerConfiguration", F("socketPath", TEXT), F("containerEgressInterceptorImage", TEXT), F("sessionId", TEXT));
GROUP(container_engine, "Worker.containerEngine", U("none", VOID), UNO("localDocker", NO_CONTAINERS, ONE(docker)));
STRUCT(workflow, "WorkflowsEngine.Workflow", F("className", TEXT), F("name", TEXT), F("bindingService", ONE(designator)));
STRUCT(workflows, "WorkflowsEngine", F("actorClass", ONE(designator)), F("workflows", MANY(workflow)));
STRUCT(worker, "Worker",
    U("modules", MANY(module)), U("serviceWorkerScript", TEXT),
    UNO("inherit", "write the worker out, or share constants between workers", TEXT), F("compatibilityDate", TEXT),
    F("compatibilityFlags", TEXTS), F("bindings", MANY(binding)), F("globalOutbound", ONE(designator)),
    F("durableObjectNamespaces", MANY(actor_namespace)),
    NO("durableObjectUniqueKeyModifier", "workers cannot be inherited from", TEXT),
    F("durableObjectStorage", ONE(actor_storage)), F("cacheApiOutbound", ONE(designator)),
    NO("moduleFallback", "list every module under modules", TEXT), F("tails", MANY(designator)),
    NO("streamingTails", "use tails", MANY(designator)), F("containerEngine", ONE(container_engine)),
    NO("accessBlobHeader", "ctx.access is not offered", TEXT), NO("accessBindingService", "ctx.access is not offered", ONE(designator)),
    NO("workflowsEngine", "workflows are not offered", ONE(workflows)));
STRUCT(service, "Service",
    F("name", TEXT), U("unspecified", VOID), U("worker", ONE(worker)), U("network", ONE(network)),
    U("external", ONE(external)), U("disk", ONE(disk)),
    UNO("bucket", "clusters of the peer's kind are not offered", ONE(bucket)),
    UNO("assets", "use a disk service, or the assets of a Wrangler project", ONE(assets)));
STRUCT(config, "Config",
    F("services", MANY(service)), F("sockets", MANY(socket)),
    IDLE("v8Flags", "the engine is not V8", TEXTS), NO("extensions", "put the modules into each worker", MANY(extension)),
    IDLE("autogates", "there are none here", TEXTS), F("structuredLogging", BOOL), F("logging", ONE(logging)),
    NO("cluster", "clusters of the peer's kind are not offered", ONE(cluster)));
/* clang-format on */

static const struct capnp_struct *const structs[] = {
    &config_struct,
    &service_struct,
    &worker_struct,
    &module_struct,
    &binding_struct,
    &designator_struct,
    &socket_struct,
    &network_struct,
    &external_struct,
    &disk_struct,
    &http_struct,
    &header_struct,
    &tls_struct,
    &keypair_struct,
    &logging_struct,
    &actor_namespace_struct,
    &extension_struct,
    &ext_module_struct,
    &actor_designator_struct,
    &crypto_key_struct,
    &cache_limits_struct,
    &wrapped_struct,
    &docker_struct,
    &param_type_struct,
    &cluster_struct,
    &bucket_struct,
    &assets_struct,
    &workflows_struct,
    &workflow_struct,
    &container_struct,
    &privileges_struct,
    &device_struct,
    &named_image_struct,
};

const struct capnp_struct *
capnp_struct_find(const char *name)
{
    for (size_t i = 0; i < WK_COUNT(structs); i++)
        if (strcmp(structs[i]->name, name) == 0)
            return structs[i];
    return NULL;
}

const struct capnp_field *
capnp_field_find(const struct capnp_struct *st, const char *name)
{
    for (size_t i = 0; i < st->count; i++)
        if (strcmp(st->fields[i].name, name) == 0)
            return &st->fields[i];
    return NULL;
}

bool
capnp_word_in(const char *words, const char *word)
{
    size_t n = strlen(word);

    for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0'))
            return true;
    return false;
}

void
capnp_type_name(const struct capnp_type *type, struct wk_buf *out)
{
    if (type->list)
        wk_buf_add_str(out, "List(");
    switch (type->base) {
    case CAPNP_VOID:
        wk_buf_add_str(out, "Void");
        break;
    case CAPNP_BOOL:
        wk_buf_add_str(out, "Bool");
        break;
    case CAPNP_TEXT:
        wk_buf_add_str(out, "Text");
        break;
    case CAPNP_DATA:
        wk_buf_add_str(out, "Data");
        break;
    case CAPNP_UINT:
        wk_buf_addf(out, "UInt%u", type->bits);
        break;
    case CAPNP_INT:
        wk_buf_addf(out, "Int%u", type->bits);
        break;
    case CAPNP_FLOAT:
        wk_buf_add_str(out, "Float64");
        break;
    case CAPNP_ENUM:
        wk_buf_addf(out, "one of: %s", type->words);
        break;
    case CAPNP_STRUCT:
        wk_buf_add_str(out, type->type->name);
        break;
    }
    if (type->list)
        wk_buf_add_str(out, ")");
}
