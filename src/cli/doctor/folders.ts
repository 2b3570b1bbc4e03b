import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { findingsOf, type Finding } from "./finding.ts";
import { codeProblem, systemCode } from "../../model/system-error.ts";

const { ok, warning, problem, skipped } = findingsOf("sockets");

/** Which folders to look at. */
export interface FolderSettings {
  /** Where the driver looks, in its order. */
  readonly driverDirs: readonly string[];
  /** Where the daemon opens its sockets. */
  readonly ownDirs: readonly string[];
  /** Whether this runs inside a pod, where only what is mounted is to be seen. */
  readonly inPod: boolean;
  /** `65532:65532`, user and group of this process. */
  readonly who: string;
}

/** Each folder, whether it is there, and who may open sockets in it. */
export function checkFolders(settings: FolderSettings): Promise<readonly Finding[]> {
  const folders = [...new Set([...settings.driverDirs, ...settings.ownDirs])];
  return Promise.all(folders.map((folder) => checkFolder(folder, settings)));
}

async function checkFolder(folder: string, { driverDirs, ownDirs, inPod, who }: FolderSettings): Promise<Finding> {
  const isOwn = ownDirs.includes(folder);
  const found = await stat(folder).catch(systemCode);
  if (typeof found === "string") {
    if (found !== "ENOENT")
      return problem(folder, `cannot be looked at: ${codeProblem(found)}`, "run this as the daemon's user");
    return absent(folder, isOwn, inPod);
  }
  if (!found.isDirectory()) return problem(folder, "is no folder", "remove it; sockets are opened in a folder");
  if (!isOwn) return ok(folder, "the driver looks there; the daemon opens no socket in it");
  // Every host folder is on another device than the container's own root.
  if (inPod && found.dev === (await stat("/")).dev) {
    const what = "seems to be the container's own, not the node's: the driver sees nothing of it";
    return warning(folder, what, `mount the node's folder there: a hostPath volume with path ${folder}`);
  }
  const group = process.getgid?.() ?? 0;
  const fix = `give the folder to the daemon's group, as root: keyferry prepare --group=GROUP --providers-dir=${folder}`;
  if (!(await isWritable(folder))) {
    return problem(folder, `user and group ${who} may open no socket in it`, fix.replace("GROUP", String(group)));
  }
  if ((found.mode & 0o002) !== 0) {
    const what = "every user of the node may put sockets there";
    return warning(folder, what, `chmod o-w ${folder}; whoever owns a socket is told what pods ask for`);
  }
  if (!driverDirs.includes(folder)) {
    const what = `the driver does not look there, but into ${driverDirs.join(", ")}`;
    return warning(
      folder,
      what,
      "serve into one of those (--providers-dir), or name the driver's own --provider-volume",
    );
  }
  return ok(folder, `user and group ${who} may open sockets in it`);
}

function absent(folder: string, isOwn: boolean, inPod: boolean): Finding {
  if (isOwn && inPod) {
    return problem(folder, "is not mounted in this pod", `mount the node's: a hostPath volume with path ${folder}`);
  }
  if (isOwn) return problem(folder, "is not there", "start the daemon, which makes it");
  if (!inPod) return ok(folder, "is not there; the driver passes it over");
  const fix = `on the node, ls -l ${folder}; or mount it into the pod: providersDirs of the chart`;
  return skipped(
    folder,
    "is not mounted in this pod; a socket there would win where the driver looks there first",
    fix,
  );
}

function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
