#include "tools/admin/routes.h"

#include "tools/admin/people_api.h"
#include "tools/admin/sessions_api.h"

namespace sallyport::admin {

std::vector<Route> make_routes(const Areas& areas) {
  std::vector<Route> out;
  for (std::vector<Route> part :
       {health_routes(areas.health), people_routes(), session_routes(areas.sessions),
        access_routes(areas.access), secret_routes(areas.secrets), ca_routes(areas.ca)})
    out.insert(out.end(), part.begin(), part.end());
  return out;
}

}  // namespace sallyport::admin
