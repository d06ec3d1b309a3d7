/**
 * What programs print when they fail, as Node 24, CPython 3.11 and Go 1.22 do. `/app` stands for the
 * app's directory.
 */

export const nodeThrown = `TypeError: Cannot read properties of undefined (reading 'total')
    at checkout (file:///app/lib/cart.js:41:18)
    at async file:///app/server.js:12:5
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`;

export const nodeWithCause = `Error: could not load order 8812
    at load (/app/orders.js:7:9)
    at Server.<anonymous> (/app/server.js:20:3)
    at Server.emit (node:events:508:28) {
  [cause]: Error: connect ECONNREFUSED 127.0.0.1:5432
      at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16) {
    errno: -111,
    code: 'ECONNREFUSED'
  }
}`;

export const nodeLines = `PrismaClientKnownRequestError: 
Invalid \`prisma.user.create()\` invocation:

Unique constraint failed on the fields: (email)
    at create (/app/users.js:19:4)`;

export const nodeCrashed = `/app/server.js:3
  total.toFixed();
        ^

TypeError: total.toFixed is not a function
    at Object.<anonymous> (/app/server.js:3:9)
    at Module._compile (node:internal/modules/cjs/loader:1730:14)
    at node:internal/main/run_main_module:36:49

Node.js v24.4.0`;

export const nodeSyntax = `file:///app/server.js:9
const = 1;
      ^

SyntaxError: Unexpected token '='
    at compileSourceTextModule (node:internal/modules/esm/utils:318:16)
    at ModuleLoader.moduleStrategy (node:internal/modules/esm/translators:99:18)

Node.js v24.4.0`;

export const nodeInPackage = `Error [ERR_HTTP_HEADERS_SENT]: Cannot set headers after they are sent to the client
    at ServerResponse.setHeader (node:_http_outgoing:699:11)
    at ServerResponse.header (/app/node_modules/express/lib/response.js:684:10)
    at /app/routes/users.js:33:7`;

export const nodeWarning = `(node:17) DeprecationWarning: The punycode module is deprecated.
    at node:punycode:7:11
    at /app/node_modules/tr46/index.js:3:18`;

export const pino = `{"level":50,"time":1760000000000,"pid":7,"err":{"type":"RangeError","message":"page 12 is too far","stack":"RangeError: page 12 is too far\\n    at list (/app/pages.js:5:11)\\n    at next (/app/node_modules/koa/index.js:1:1)"},"msg":"request failed"}`;
export const zap = `{"level":"error","ts":1760000000.1,"caller":"api/main.go:31","msg":"query failed","error":"dial tcp 10.0.0.7:5432: connect: connection refused"}`;
export const pinoInfo = `{"level":30,"time":1760000000000,"msg":"no error here"}`;

export const python = `Traceback (most recent call last):
  File "/app/.venv/lib/python3.11/site-packages/flask/app.py", line 882, in full_dispatch_request
    rv = self.dispatch_request()
         ^^^^^^^^^^^^^^^^^^^^^^^
  File "/app/app.py", line 14, in total
    return str(sum(prices) / len(prices))
               ~~~~~~~~~~~~^~~~~~~~~~~~~
  File "/app/.venv/lib/python3.11/site-packages/numbers.py", line 3, in div
    return a / b
ZeroDivisionError: division by zero`;

export const pythonChained = `[2026-11-26 00:10:11,482] ERROR in app: Exception on /orders/77 [GET]
Traceback (most recent call last):
  File "/app/store.py", line 8, in find
    return rows[key]
           ~~~~^^^^^
KeyError: '77'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/app/app.py", line 20, in order
    return find(key)
           ^^^^^^^^^
  File "/app/store.py", line 10, in find
    raise LookupError("no order 77")
LookupError: no order 77`;

export const pythonGroup = `  + Exception Group Traceback (most recent call last):
  |   File "/app/app.py", line 14, in load
  |     raise ExceptionGroup("several", [ValueError("a"), TypeError("b")])
  | ExceptionGroup: several (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: a
    +---------------- 2 ----------------
    | TypeError: b
    +------------------------------------`;

export const pythonBare = `Traceback (most recent call last):
  File "/app/app.py", line 3, in <module>
    raise KeyboardInterrupt
KeyboardInterrupt`;

export const goPanic = `panic: runtime error: index out of range [5] with length 3

goroutine 1 [running]:
main.pick(...)
	/app/main.go:12
main.main()
	/app/main.go:8 +0x1b
exit status 2`;

export const goServing = `2026/11/26 00:10:11 http: panic serving 127.0.0.1:51234: runtime error: invalid memory address or nil pointer dereference
goroutine 34 [running]:
net/http.(*conn).serve.func1()
	/usr/local/go/src/net/http/server.go:1898 +0xbe
panic({0x6a3c80?, 0x8c9b50?})
	/usr/local/go/src/runtime/panic.go:770 +0x132
main.(*shop).total(0x0, {0xc0000b2000, 0x3})
	/app/shop.go:41 +0x1d
main.handle({0x7425e8, 0xc0000fe0e0}, 0xc000104000)
	/app/main.go:17 +0x45
net/http.HandlerFunc.ServeHTTP(0xc000012345?, {0x7425e8?, 0xc0000fe0e0?}, 0x0?)
	/usr/local/go/src/net/http/server.go:2166 +0x29
created by net/http.(*Server).Serve in goroutine 1
	/usr/local/go/src/net/http/server.go:3285 +0x4b4`;

export const goDeadlock = `fatal error: all goroutines are asleep - deadlock!

goroutine 1 [chan receive]:
main.main()
	/app/main.go:6 +0x28`;

export const java = `java.lang.IllegalStateException: cart 12 is closed
	at com.example.Cart.add(Cart.java:31)
	at com.example.Main.main(Main.java:9)
Caused by: java.io.IOException: disk
	at com.example.Disk.write(Disk.java:4)
	... 1 more`;
