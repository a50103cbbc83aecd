import { textResponse } from './endpoint.ts';

/** `/`, where a Consul without its web UI says how to come by it. Source: answers of Consul 1.14. */
export const indexPage = (): Response =>
  textResponse(
    200,
    'Consul Agent: UI disabled. To enable, set ui_config.enabled=true in the agent configuration and restart.',
  );
