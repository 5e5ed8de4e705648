// One room on node's ws: one JSON.stringify per message and a loop of send(). WS_HOME is where ws is installed.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.WS_HOME}/`);
const { WebSocketServer, WebSocket } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), backlog: 4096, perMessageDeflate: false });

server.on("connection", (socket) => {
  socket.on("message", (text) => {
    const { username, content } = JSON.parse(text);
    const frame = JSON.stringify({ username, content });
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(frame);
    }
  });
});
