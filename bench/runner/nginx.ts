import { accessSync, constants, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PROXY_CORE, start, tree } from "./children.ts";
import { type Endpoint, freePort, ready } from "./endpoint.ts";
import { SetupError } from "./options.ts";

const PLACES = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"];

function program(): string {
  for (const place of PLACES) {
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {
      // Look at the next place.
    }
  }
  throw new SetupError(
    "nginx is not installed, and the bench compares with it. Install it with: apt-get install nginx",
  );
}

/** A plain pass-through: one worker, keep-alive to the engine, nothing buffered, nothing logged. */
function configuration(folder: string, port: number, enginePort: number): string {
  return `daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid ${folder}/nginx.pid;
error_log stderr error;
events { worker_connections 32768; }
http {
  access_log off;
  tcp_nodelay on;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream engine { server 127.0.0.1:${enginePort}; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://engine;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
}

/** Starts nginx in front of the engine; what is measured is its worker. */
export async function startNginx(folder: string, enginePort: number): Promise<Endpoint> {
  const nginx = program();
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(folder, port, enginePort));
  const child = start(PROXY_CORE, nginx, ["-e", "stderr", "-p", folder, "-c", file]);
  await ready("nginx", child, `http://127.0.0.1:${port}/health`);
  return { port, pids: tree(child.pid).slice(1), child };
}
