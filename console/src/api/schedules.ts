import { getJson, path, send } from "./http";
import type { Schedule, ScheduleBody } from "./types";

export const listSchedules = (id?: string): Promise<Schedule[]> =>
  getJson(id === undefined ? "/schedules" : path`/functions/${id}/schedules`);

export async function putSchedule(id: string, name: string, body: ScheduleBody): Promise<void> {
  await send(path`/functions/${id}/schedules/${name}`, { method: "PUT", body });
}

export async function patchSchedule(id: string, name: string, body: { paused: boolean }): Promise<void> {
  await send(path`/functions/${id}/schedules/${name}`, { method: "PATCH", body });
}

export async function deleteSchedule(id: string, name: string): Promise<void> {
  await send(path`/functions/${id}/schedules/${name}`, { method: "DELETE" });
}
