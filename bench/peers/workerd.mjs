// A worker answering the JSON it was sent.
export default {
  async fetch(request) {
    return Response.json(await request.json());
  },
};
